// Retention of the holding area: which of the held files may go, by age, number and free space; and
// their removal, each only when the endpoint has shown, by checksum, that it has the content.

import type { FileRecord } from '../../../core/dbb/file-record.ts';
import { formatTimestamp, parseTimestamp } from '../../../core/timestamps.ts';
import type { Clock } from '../../../platform/clock/clock.ts';
import type { Stored } from '../../../platform/couch/database.ts';
import type { FileWork, Removal } from '../../holding/file-work.ts';
import { freeBytes } from '../../holding/free-space.ts';
import { type Proof, proveThere } from '../check/check-endpoint.ts';
import { isKept, type ManagerRecords, pathOfRecord, recordsOf } from '../check/manager-records.ts';
import type { Endpoint } from '../endpoint/endpoint.ts';

export interface RetentionRules {
  /** Seconds since it was held; null for no limit. */
  age: number | null;
  /** Most files that are kept. */
  files: number | null;
  /** MiB to be left free on the disk of the holding area. */
  free: number | null;
}

export interface RetentionOptions extends ManagerRecords {
  clock: Clock;
  work: FileWork;
  endpoint: Endpoint;
  holding: string;
  rules: RetentionRules;
  /** Only tells. */
  dryRun: boolean;
  /** Why it may go, or why it stays. */
  onFile?(path: string, outcome: RetentionOutcome): void;
}

export type RetentionOutcome = Removal | Proof | 'would go';

export interface RetentionCounts {
  removed: number;
  bytes: number;
  /** May go by the rules, and are not proven to be at the endpoint. */
  unproven: number;
}

const TOGETHER = 200;
const MIB = 2 ** 20;

/** Throws EndpointError where the endpoint does not answer. Ends early when `signal` is aborted. */
export async function expireHeld(
  options: RetentionOptions,
  signal?: AbortSignal,
): Promise<RetentionCounts> {
  const counts: RetentionCounts = { removed: 0, bytes: 0, unproven: 0 };
  const candidates = await selectExpired(options);
  for (let from = 0; from < candidates.length && !signal?.aborted; from += TOGETHER) {
    const ids = candidates.slice(from, from + TOGETHER);
    const lookups = await options.files.getMany<FileRecord>(ids);
    const records = lookups.flatMap((one) => ('doc' in one && isKept(one.doc) ? [one.doc] : []));
    await removeProven(records, options, counts);
  }
  return counts;
}

interface Held {
  id: string;
  held_ms: number;
  size_bytes: number;
}

/** Ids of the records, those that were held first before the others. */
async function selectExpired(options: RetentionOptions): Promise<string[]> {
  const { rules, clock, holding } = options;
  const held: Held[] = [];
  for await (const { records } of recordsOf(options)) {
    for (const { _id, held_on, size_bytes } of records.filter(isKept)) {
      held.push({ id: _id, held_ms: parseTimestamp(held_on ?? ''), size_bytes });
    }
  }
  held.sort((one, other) => one.held_ms - other.held_ms);
  const limit_ms = rules.age === null ? Number.NEGATIVE_INFINITY : clock.now() - rules.age * 1000;
  const tooMany = rules.files === null ? 0 : held.length - rules.files;
  let missing_bytes = rules.free === null ? 0 : rules.free * MIB - freeBytes(holding);
  const expired = held.filter(({ held_ms, size_bytes }, index) => {
    const goes = held_ms < limit_ms || index < tooMany || missing_bytes > 0;
    if (goes) missing_bytes -= size_bytes;
    return goes;
  });
  return expired.map(({ id }) => id);
}

async function removeProven(
  records: readonly Stored<FileRecord>[],
  options: RetentionOptions,
  counts: RetentionCounts,
): Promise<void> {
  const { endpoint, work, holding, dryRun, onFile, files, clock } = options;
  const known = records.filter(({ checksum }) => checksum !== null);
  const proofs = await proveThere(known, { endpoint, byChecksum: true });
  const proven = known.filter((_, index) => proofs[index] === 'there');
  counts.unproven += records.length - proven.length;
  for (const [index, record] of known.entries()) {
    const proof = proofs[index] ?? 'unseen-there';
    if (proof !== 'there') onFile?.(pathOfRecord(record), proof);
    else if (dryRun) onFile?.(pathOfRecord(record), 'would go');
  }
  if (dryRun) {
    counts.removed += proven.length;
    counts.bytes += proven.reduce((sum, { size_bytes }) => sum + size_bytes, 0);
    return;
  }
  const removals = await work.remove(
    holding,
    proven.map((record) => ({
      as: record.held_as ?? pathOfRecord(record),
      size_bytes: record.size_bytes,
      checksum: record.checksum ?? '',
    })),
  );
  const removed_on = formatTimestamp(clock.now());
  const gone = proven.filter((_, index) => ['removed', 'absent'].includes(removals[index] ?? ''));
  await files.bulk(gone.map((record) => ({ ...record, removed_on })));
  for (const [index, record] of proven.entries()) {
    const outcome = removals[index] ?? 'other';
    onFile?.(pathOfRecord(record), outcome);
    if (outcome === 'removed') {
      counts.removed++;
      counts.bytes += record.size_bytes;
    } else if (outcome !== 'absent') counts.unproven++;
  }
}
