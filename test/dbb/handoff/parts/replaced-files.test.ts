// Files that change while the porter looks at them, and files whose times lie in the future: none may
// be forgotten in the buffer.

import { expect, it } from 'vitest';
import type { FileVersion } from '../../../../mockup/core/dbb/file-version.ts';
import type { Mover } from '../../../../mockup/dbb/handoff/buffer/mover.ts';
import { EndpointHealth } from '../../../../mockup/dbb/handoff/endpoint/endpoint-health.ts';
import type { HandoffParts } from '../../../../mockup/dbb/handoff/parts.ts';
import {
  type WaitingFile,
  WaitingFiles,
} from '../../../../mockup/dbb/handoff/queue/waiting-files.ts';
import { Discoveries } from '../../../../mockup/dbb/handoff/records/discoveries.ts';
import { addFile } from '../../../../mockup/dbb/handoff/records/file-reports.ts';
import { Porter } from '../../../../mockup/dbb/handoff/shipping/porter.ts';
import { createSystemClock } from '../../../../mockup/platform/clock/system-clock.ts';
import { silentLogger } from '../../../../mockup/platform/log/logger.ts';
import { createSystemRandom } from '../../../../mockup/platform/random/system-random.ts';

const clock = createSystemClock();
const random = createSystemRandom();

const file = (ino: number, more: Partial<FileVersion> = {}): WaitingFile => ({
  version: { path: 'd/a', size_bytes: 3, mtime_ms: 1000, ctime_ms: 1000, ino, ...more },
  discovered_ms: 0,
  attempts: 0,
});

/** Parts as far as the porter needs them until it has looked at a file again. */
function partsWith(lookAt: () => FileVersion | undefined, settle = 0): HandoffParts {
  const waiting = new WaitingFiles();
  const records = { put: () => {}, withdraw: () => {}, isUnwritten: () => true, pending: 0 };
  const general = { num_threads: 1, chunk_size: 10, settle, retry_limit: 60, rate_limit: null };
  return {
    ...{ clock, random, log: silentLogger, waiting, manager: 'host:/b', buffer: '/b' },
    discoveries: new Discoveries(),
    configuration: { general },
    files: records,
    statistics: { forgetFailure: () => {} },
    work: { lookAt: async () => [{ version: lookAt() }] },
    endpoint: { sendsInBulk: true },
  } as unknown as HandoffParts;
}

function shipOnce(parts: HandoffParts): Promise<void> {
  const health = new EndpointHealth({ clock, random, log: silentLogger, retry_limit_s: 60 });
  health.prepared();
  const porter = new Porter({
    ...{ parts, health, onDecided: () => {} },
    mover: {} as Mover,
  });
  return new Promise((resolve) => porter.startMore(resolve));
}

it('keeps a version that was found while the one before was looked at in vain', async () => {
  const parts = partsWith(() => {
    // Removed, and made anew a moment later: the finder tells of the new one only once.
    parts.waiting.add(file(8));
    return undefined;
  });
  parts.waiting.add(file(7));
  await shipOnce(parts);
  expect(parts.waiting.get('d/a')?.version.ino).toBe(8);
  expect(parts.waiting.isInHand('d/a')).toBe(false);
});

it('forgets a file that is gone and did not come again', async () => {
  const parts = partsWith(() => undefined);
  parts.waiting.add(file(7));
  await shipOnce(parts);
  expect(parts.waiting.get('d/a')).toBeUndefined();
});

it('waits for a file that was written in the future no longer than for any other', () => {
  const parts = partsWith(() => undefined, 5);
  const in_a_year_ms = clock.now() + 365 * 86_400_000;
  addFile(parts, file(7, { mtime_ms: in_a_year_ms }));
  expect(parts.waiting.delayed).toBe(1);
  parts.waiting.promote(clock.monotonic() + 5001);
  expect(parts.waiting.ready).toBe(1);
});
