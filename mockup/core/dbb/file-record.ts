// The record of one version of a file in CouchDB. Its id is derived from name and version, never
// random: whoever finds the file again after a crash writes the same document.

import { formatTimestamp } from '../timestamps.ts';
import { type FileState, mayFollow } from './file-life-cycle.ts';
import { directoryOf, type FileVersion, nameOf } from './file-version.ts';
import { pathInId } from './path-in-id.ts';

export interface FileRecord {
  _id: string;
  _rev?: string;
  type: 'handoff-file';
  /** Directory below the buffer, '' for the buffer itself. */
  relpath: string;
  filename: string;
  /** BLAKE2b-512, 128 hexadecimal digits; null until it is computed. */
  checksum: string | null;
  size_bytes: number;
  /** When the file was last written. */
  created_on: string;
  transferred_on: string | null;
  held_on: string | null;
  /** When it was found gone from the buffer though nobody had shipped it. */
  deleted_on: string | null;
  /** When it was removed from the holding area, because the endpoint was proven to have it. */
  removed_on?: string;
  /** Its path in the holding area, where that is not its own. */
  held_as?: string;
  state: FileState;
  /** Failed transfers of this version. */
  attempts: number;
  /** Why it failed or was skipped. */
  reason: string | null;
  /** Id of the batch that it was last part of. */
  batch: string | null;
  /** Which manager, as `host:buffer`. */
  manager: string;
  history: FileEvent[];
}

export interface FileEvent {
  state: FileState;
  timestamp: string;
  reason?: string;
}

const HISTORY_MAX = 100;
const PREFIX = 'file:';

export function newFileRecord(version: FileVersion, manager: string, now_ms: number): FileRecord {
  return {
    _id: fileRecordId(version),
    type: 'handoff-file',
    relpath: directoryOf(version.path),
    filename: nameOf(version.path),
    checksum: null,
    size_bytes: version.size_bytes,
    created_on: formatTimestamp(version.mtime_ms),
    transferred_on: null,
    held_on: null,
    deleted_on: null,
    state: 'discovered',
    attempts: 0,
    reason: null,
    batch: null,
    manager,
    history: [{ state: 'discovered', timestamp: formatTimestamp(now_ms) }],
  };
}

/** `file:<path>@<version>`: all versions of a path stand together. */
export function fileRecordId(version: FileVersion): string {
  const { path, size_bytes, mtime_ms, ino } = version;
  const parts = [Math.round(mtime_ms * 1000), size_bytes, ino];
  return `${PREFIX}${pathInId(path)}@${parts.map((part) => part.toString(36)).join('-')}`;
}

/** First and last id that records of this path can have. */
export function fileRecordRange(path: string): { startKey: string; endKey: string } {
  const start = `${PREFIX}${pathInId(path)}@`;
  return { startKey: start, endKey: `${start}\ufff0` };
}

export interface Step {
  at_ms: number;
  reason?: string | undefined;
  fields?: Partial<FileRecord>;
}

/** The record in its next state; a state that can't follow leaves it as it is (a late report). */
export function advanceRecord(record: FileRecord, state: FileState, step: Step): FileRecord {
  const changes = { ...step.fields, reason: step.reason ?? null };
  if (record.state === state) return { ...record, ...changes };
  if (!mayFollow(record.state, state)) return record;
  const event: FileEvent = { state, timestamp: formatTimestamp(step.at_ms) };
  if (step.reason !== undefined) event.reason = step.reason;
  const history = [...record.history, event].slice(-HISTORY_MAX);
  return { ...record, ...changes, state, history };
}
