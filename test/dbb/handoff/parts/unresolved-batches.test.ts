// Batches of which nobody knows how far they came, where this machine or its files are at fault.

import { expect, it } from 'vitest';
import { HeldWatch } from '../../../../mockup/dbb/handoff/buffer/held-watch.ts';
import { Mover } from '../../../../mockup/dbb/handoff/buffer/mover.ts';
import { type Batch, noteArrived } from '../../../../mockup/dbb/handoff/queue/batch.ts';
import { Keeper } from '../../../../mockup/dbb/handoff/records/keeper.ts';
import { Porter } from '../../../../mockup/dbb/handoff/shipping/porter.ts';
import { Shipment } from '../../../../mockup/dbb/handoff/shipping/shipment.ts';
import { createSystemClock } from '../../../../mockup/platform/clock/system-clock.ts';
import { silentLogger } from '../../../../mockup/platform/log/logger.ts';
import { createSystemRandom } from '../../../../mockup/platform/random/system-random.ts';

const clock = createSystemClock();
const random = createSystemRandom();
const configuration = {
  general: { num_threads: 1, rate_limit: null, retry_limit: 60 },
  handoff: { on_conflict: 'fail', keep_free: 0 },
  endpoint: { verify: 'checksum' },
};

function batchOf(...paths: string[]): Batch {
  const journal = { name: 'b', append: async () => {}, close: async () => {} };
  const files = paths.map((path, number) => {
    const version = { path, size_bytes: 5, mtime_ms: 0, ctime_ms: 0, ino: number };
    return { number, file: { version, discovered_ms: 0, attempts: 0 }, state: 'sent' as const };
  });
  return { id: 'b', journal, files, recovered: true };
}

it('end also where its files can no longer be read here', async () => {
  const work = { checksums: async () => [{ code: 'EACCES' }], lookAt: async () => [] };
  const endpoint = {
    hasChecksums: true,
    fence: async () => ({ marked: new Set(), sizes: [], delivered: ['5'] }),
    inspect: async () => {
      throw new Error('asked for no file');
    },
  };
  const inputs = {
    clock,
    work,
    endpoint,
    pacing: {},
    configuration,
    buffer: '/b',
    managerId: 'm',
  };
  const shipment = new Shipment(inputs as never, batchOf('a'));
  expect(await shipment.resolve()).toMatchObject({ arrived: [], changed: [{ code: 'EACCES' }] });
});

it('are not tried again at once where the disk of the journals fails', async () => {
  let attempts = 0;
  const endpoint = {
    fence: async () => {
      attempts++;
      throw Object.assign(new Error('EROFS: read-only file system'), { code: 'EROFS' });
    },
  };
  const waiting = { ready: 0, partials: () => [] };
  const parts = { clock, random, log: silentLogger, configuration, endpoint, waiting };
  const health = { isUp: true };
  const porter = new Porter({ parts, health, mover: {}, onDecided() {} } as never);
  porter.adopt(batchOf('a'));
  for (let round = 0; round < 20; round++) {
    porter.startMore(() => {});
    await porter.drain();
  }
  expect(attempts).toBe(1);
  expect(porter.localError).toContain('EROFS');
});

it('call nothing arrived that the journal does not say', async () => {
  const batch = batchOf('a');
  batch.journal.append = async () => {
    throw new Error('EROFS');
  };
  await expect(noteArrived(batch, batch.files, 1)).rejects.toThrow('EROFS');
  expect(batch.files[0]?.state).toBe('sent');
});

it('have each delivered file put on record, also one that found no place here', async () => {
  const batch = batchOf('held', 'replaced', 'cut off');
  const [held, replaced, cut] = batch.files;
  Object.assign(held ?? {}, { state: 'held', arrived_ms: 1, held_ms: 2, held_as: 'held' });
  Object.assign(replaced ?? {}, { state: 'done', arrived_ms: 1, reason: 'new content' });
  Object.assign(cut ?? {}, { state: 'done', reason: 'cut off' });
  const written: { filename: string; state: string; reason: string | null }[] = [];
  const files = {
    pending: 0,
    put: (_id: string, make: () => (typeof written)[0]) => void written.push(make()),
  };
  const parts = { clock, files, batches: { put() {} }, manager: 'm', journals: {} };
  await new Keeper(parts as never).take(batch);
  expect(written).toMatchObject([
    { filename: 'held', state: 'held' },
    { filename: 'replaced', state: 'transferred', reason: 'new content' },
  ]);
});

it('have no file moved by a manager that was replaced', async () => {
  const work = {
    hold: async () => {
      throw new Error('moved');
    },
  };
  const parts = { clock, random, log: silentLogger, configuration, work } as never;
  const mover = new Mover(parts, new HeldWatch(parts), () => {});
  const batch = batchOf('a');
  Object.assign(batch.files[0] ?? {}, { state: 'arrived' });
  await expect(mover.hold(batch)).rejects.toThrow('moved');
  mover.stop();
  await mover.hold(batch);
});
