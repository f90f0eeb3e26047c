// One batch: the files of one transfer, and what became of each. Its journal, one small file on
// the local disk, is written before each step that could not be told from its absence after a
// crash; it goes when every file has found its place and CouchDB has the records.

import type { BatchOutcome, StepTimes } from '../../../core/dbb/batch-record.ts';
import type { FileVersion } from '../../../core/dbb/file-version.ts';
import type { AppendLog, AppendLogs } from '../../holding/append-logs.ts';
import type { WaitingFile } from './waiting-files.ts';

/**
 * - `sent`: on its way, or not yet
 * - `arrived`: in the endpoint's buffer
 * - `held`: in the holding area
 * - `done`: nothing more to do for this version (waits again, vanished, replaced by another one)
 */
export type BatchFileState = 'sent' | 'arrived' | 'held' | 'done';

export interface BatchFile {
  number: number;
  file: WaitingFile;
  state: BatchFileState;
  checksum?: string;
  arrived_ms?: number;
  held_ms?: number;
  /** Path in the holding area. */
  held_as?: string;
  reason?: string;
}

export interface Batch {
  id: string;
  journal: AppendLog;
  files: BatchFile[];
  /** True where an earlier run of the manager began it. */
  recovered: boolean;
  pre?: StepTimes;
  transfer?: StepTimes;
  post?: StepTimes;
  /** Why some of it, or all, did not arrive. */
  failure?: Error;
}

type Line =
  | { kind: 'batch'; id: string; files: [FileVersion, number, number][] }
  | { kind: 'arrived'; at_ms: number; files: [number, string | null][] }
  | { kind: 'held'; at_ms: number; files: [number, string][] }
  | { kind: 'done'; files: number[]; reason?: string };

export async function beginBatch(
  logs: AppendLogs,
  id: string,
  files: readonly WaitingFile[],
): Promise<Batch> {
  const header: Line = {
    kind: 'batch',
    id,
    files: files.map(({ version, discovered_ms, attempts }) => [version, discovered_ms, attempts]),
  };
  const journal = await logs.open(id, [header]);
  return { id, journal, files: files.map(asSent), recovered: false };
}

/** Undefined where a crash left less than its first line: then nothing was sent either. */
export async function recoverBatch(logs: AppendLogs, name: string): Promise<Batch | undefined> {
  const [header, ...lines] = logs.read(name) as Line[];
  if (header?.kind !== 'batch') {
    logs.remove(name);
    return undefined;
  }
  const files = header.files.map(([version, discovered_ms, attempts]) => ({
    version,
    discovered_ms,
    attempts,
  }));
  const journal = await logs.open(name, []);
  const batch: Batch = { id: header.id, journal, files: files.map(asSent), recovered: true };
  for (const line of lines) replay(batch, line);
  return batch;
}

/** On the disk when it resolves: from now on these are never sent again. */
export async function noteArrived(batch: Batch, files: readonly BatchFile[], at_ms: number) {
  const listed = files.map((one): [number, string | null] => [one.number, one.checksum ?? null]);
  await append(batch, { kind: 'arrived', at_ms, files: listed }, true);
  // What is not in the journal must be found out again.
  for (const one of files) {
    one.state = 'arrived';
    one.arrived_ms = at_ms;
  }
}

export function noteHeld(batch: Batch, files: readonly BatchFile[], at_ms: number) {
  for (const one of files) {
    one.state = 'held';
    one.held_ms = at_ms;
  }
  const listed = files.map((one): [number, string] => [one.number, one.held_as ?? '']);
  return append(batch, { kind: 'held', at_ms, files: listed }, false);
}

export function noteDone(batch: Batch, files: readonly BatchFile[], reason: string) {
  for (const one of files) {
    one.state = 'done';
    one.reason = reason;
  }
  const line: Line = { kind: 'done', files: files.map(({ number }) => number), reason };
  return append(batch, line, false);
}

export function filesIn(batch: Batch, state: BatchFileState): BatchFile[] {
  return batch.files.filter((one) => one.state === state);
}

/** Those of a decided batch that the endpoint has, also where they found no place here. */
export function deliveredOf(batch: Batch): BatchFile[] {
  return batch.files.filter(
    ({ state, arrived_ms }) => state === 'held' || (state === 'done' && arrived_ms !== undefined),
  );
}

export function pathsOf(files: readonly BatchFile[]): string[] {
  return files.map(({ file }) => file.version.path);
}

export function bytesOf(files: readonly BatchFile[]): number {
  return files.reduce((sum, { file }) => sum + file.version.size_bytes, 0);
}

/** True where nothing of it is open. */
export function isDecided(batch: Batch): boolean {
  return batch.files.every(({ state }) => state === 'held' || state === 'done');
}

export function outcomeOf(batch: Batch, manager: string, ids: string[]): BatchOutcome {
  const arrived = batch.files.filter(({ arrived_ms }) => arrived_ms !== undefined);
  const sizes = batch.files.map(({ file }) => file.version.size_bytes);
  return {
    id: batch.id,
    manager,
    pre: batch.pre,
    transfer: batch.transfer,
    post: batch.post,
    size_bytes: sizes.reduce((sum, size) => sum + size, 0),
    status: arrived.length === batch.files.length ? 0 : 1,
    error: batch.failure?.message,
    files: ids,
  };
}

function asSent(file: WaitingFile, number: number): BatchFile {
  return { number, file, state: 'sent' };
}

async function append(batch: Batch, line: Line, flush: boolean): Promise<void> {
  if (line.files.length > 0) await batch.journal.append([line], { flush });
}

function replay(batch: Batch, line: Line): void {
  const at = (number: number) => batch.files[number];
  if (line.kind === 'arrived') {
    for (const [number, checksum] of line.files) {
      const one = at(number);
      if (!one) continue;
      one.state = 'arrived';
      one.arrived_ms = line.at_ms;
      if (checksum) one.checksum = checksum;
    }
  } else if (line.kind === 'held') {
    for (const [number, as] of line.files) {
      const one = at(number);
      if (one) Object.assign(one, { state: 'held', held_ms: line.at_ms, held_as: as });
    }
  } else if (line.kind === 'done') {
    for (const number of line.files) {
      const one = at(number);
      if (one) Object.assign(one, { state: 'done', reason: line.reason ?? '' });
    }
  }
}
