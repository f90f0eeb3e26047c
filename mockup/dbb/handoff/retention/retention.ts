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
  const { rules, clock, holding } = options;
  const counts: RetentionCounts = { removed: 0, bytes: 0, unproven: 0 };
  const held = await heldFiles(options);
  const limit_ms = rules.age === null ? Number.NEGATIVE_INFINITY : clock.now() - rules.age * 1000;
  const tooMany = rules.files === null ? 0 : held.length - rules.files;
  const missing_bytes = rules.free === null ? 0 : rules.free * MIB - freeBytes(holding);
  let at = 0;
  while (!signal?.aborted) {
    // Room is made by what went: those behind a file that must stay go in its place.
    const group: Held[] = [];
    let bytes = counts.bytes;
    for (; group.length < TOGETHER; at++) {
      const next = held[at];
      if (!next) break;
      const isExcess = at < tooMany || bytes < missing_bytes;
      if (!isExcess && next.held_ms >= limit_ms) break;
      group.push(next);
      bytes += next.size_bytes;
    }
    if (group.length === 0) break;
    const lookups = await options.files.getMany<FileRecord>(group.map(({ id }) => id));
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

/** Those that were held first before the others. */
async function heldFiles(options: RetentionOptions): Promise<Held[]> {
  const held: Held[] = [];
  for await (const { records } of recordsOf(options)) {
    for (const { _id, held_on, size_bytes } of records.filter(isKept)) {
      held.push({ id: _id, held_ms: parseTimestamp(held_on ?? ''), size_bytes });
    }
  }
  return held.sort((one, other) => one.held_ms - other.held_ms);
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
