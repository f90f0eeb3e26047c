// Room in the holding area, where the oldest file can not be proven to be at the endpoint.

import { tmpdir } from 'node:os';
import { expect, it } from 'vitest';
import { newFileRecord } from '../../../../mockup/core/dbb/file-record.ts';
import { expireHeld } from '../../../../mockup/dbb/handoff/retention/retention.ts';
import { createSystemClock } from '../../../../mockup/platform/clock/system-clock.ts';
import { createCouchServerForTest } from './couch.ts';

const HUGE = 2 ** 50;

it('is made by the files behind it', async () => {
  const { server, close } = await createCouchServerForTest();
  try {
    await server.create('files');
    const files = server.open('files');
    const docs = ['old', 'young'].map((path, number) => ({
      ...newFileRecord({ path, size_bytes: HUGE, mtime_ms: 0, ctime_ms: 0, ino: 1 }, 'm', 0),
      ...{ state: 'held', held_on: `2026-01-0${number + 1}T00:00:00.000`, checksum: path },
    }));
    await files.bulk(docs);
    const removed: string[] = [];
    const counts = await expireHeld({
      ...{ files, manager: 'm', clock: createSystemClock(), holding: tmpdir(), dryRun: false },
      endpoint: {
        inspect: async (_place: string, _what: string, paths: string[]) =>
          paths.map((path) => (path === 'old' ? '?' : path)),
      },
      work: {
        remove: async (_root: string, some: { as: string }[]) => {
          removed.push(...some.map(({ as }) => as));
          return some.map(() => 'removed');
        },
      },
      rules: { age: null, files: null, free: HUGE / 2 ** 20 },
    } as never);
    expect(removed).toEqual(['young']);
    expect(counts).toEqual({ removed: 1, bytes: HUGE, unproven: 1 });
  } finally {
    await close();
  }
});
