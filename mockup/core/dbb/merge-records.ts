// Two accounts of the same version of a file: what an earlier run of the manager recorded, and
// what this one knows. Neither may be lost.

import type { FileEvent, FileRecord } from './file-record.ts';

const HISTORY_MAX = 100;

/** `ours` is the later one, and decides the state. */
export function mergeFileRecords(existing: FileRecord, ours: FileRecord): FileRecord {
  // A late look at a file that was held meanwhile is no news of it.
  if (existing.state === 'held' && ['discovered', 'failed', 'gone'].includes(ours.state))
    return existing;
  const events = new Map<string, FileEvent>();
  for (const event of [...existing.history, ...ours.history]) {
    events.set(`${event.timestamp} ${event.state}`, event);
  }
  // A restart discovers again what was discovered before.
  const [first, ...others] = [...events.values()].sort((one, other) =>
    one.timestamp < other.timestamp ? -1 : 1,
  );
  const later = others.filter(
    (event) => event.state !== 'discovered' || existing.state !== 'discovered',
  );
  const sameHold = ours.held_on === null || ours.held_on === existing.held_on;
  const held_as = sameHold ? (ours.held_as ?? existing.held_as) : ours.held_as;
  const removed_on = sameHold ? (ours.removed_on ?? existing.removed_on) : ours.removed_on;
  return {
    ...ours,
    attempts: Math.max(existing.attempts, ours.attempts),
    checksum: ours.checksum ?? existing.checksum,
    transferred_on: ours.transferred_on ?? existing.transferred_on,
    held_on: ours.held_on ?? existing.held_on,
    batch: ours.batch ?? existing.batch,
    ...(held_as !== undefined && { held_as }),
    ...(removed_on !== undefined && { removed_on }),
    history: [...(first ? [first] : []), ...later].slice(-HISTORY_MAX),
  };
}
