// What happened to a file goes on record from here, so that the parts that move files say only
// what happened.

import type { FileState } from '../../../core/dbb/file-life-cycle.ts';
import { advanceRecord, type FileRecord, fileRecordId } from '../../../core/dbb/file-record.ts';
import { formatTimestamp } from '../../../core/timestamps.ts';
import type { HandoffParts } from '../parts.ts';
import type { BatchFile } from '../queue/batch.ts';
import { recordOf, type WaitingFile } from '../queue/waiting-files.ts';

type Parts = Pick<HandoffParts, 'manager' | 'files' | 'clock'>;

export function report(
  parts: Parts,
  file: WaitingFile,
  state: FileState,
  details: { reason?: string; fields?: Partial<FileRecord> } = {},
  written?: () => void,
): void {
  const { reason, fields } = details;
  const step = {
    at_ms: parts.clock.now(),
    reason,
    fields: { attempts: file.attempts, ...fields },
  };
  const record = advanceRecord(recordOf(file, parts.manager), state, step);
  file.record = record;
  parts.files.put(record._id, () => file.record ?? record, written);
}

/** The whole way of a file of a batch, with the times of its journal. */
export function reportPlace(
  parts: Parts,
  batch: string,
  one: BatchFile,
  written?: () => void,
): void {
  const { file, arrived_ms, held_ms, checksum = null } = one;
  let record = recordOf(file, parts.manager);
  const common = { checksum: checksum ?? record.checksum, batch, attempts: file.attempts };
  if (arrived_ms !== undefined) {
    record = advanceRecord(record, 'transferred', {
      at_ms: arrived_ms,
      reason: one.state === 'held' ? undefined : one.reason,
      fields: { ...common, transferred_on: formatTimestamp(arrived_ms) },
    });
  }
  if (held_ms !== undefined) {
    const elsewhere = one.held_as !== undefined && one.held_as !== file.version.path;
    record = advanceRecord(record, 'held', {
      at_ms: held_ms,
      fields: {
        ...common,
        held_on: formatTimestamp(held_ms),
        ...(elsewhere && one.held_as !== undefined && { held_as: one.held_as }),
      },
    });
  }
  file.record = record;
  parts.files.put(record._id, () => record, written);
}

/** It is no longer in flight; what appeared under its name meanwhile waits now. True if any did. */
export function releaseFile(
  parts: Pick<
    HandoffParts,
    'manager' | 'files' | 'clock' | 'waiting' | 'configuration' | 'discoveries'
  >,
  file: WaitingFile,
): boolean {
  const newer = parts.waiting.release(file);
  if (newer) addFile(parts, newer);
  return newer !== undefined;
}

/** A new version waits for its transfer, as soon as it has settled. */
export function addFile(
  parts: Pick<
    HandoffParts,
    'manager' | 'files' | 'clock' | 'waiting' | 'configuration' | 'discoveries'
  >,
  file: WaitingFile,
): void {
  const { clock, waiting, files, configuration } = parts;
  // Counted from when this size and these times were first seen: a file's own times are of
  // the clock of whoever has the disk, which says nothing beside this one.
  const settle_ms = configuration.general.settle * 1000;
  const settles = settle_ms > 0;
  const before = waiting.add(file, settles ? clock.monotonic() + settle_ms : undefined);
  if (before && fileRecordId(before.version) !== fileRecordId(file.version)) {
    if (files.isUnwritten(fileRecordId(before.version))) {
      files.withdraw(fileRecordId(before.version));
    } else report(parts, before, 'superseded', { reason: 'it changed before it was shipped' });
  }
  // A file that is still being written gets its record when it is complete.
  if (!settles && !waiting.isInHand(file.version.path)) parts.discoveries.add(file);
}
