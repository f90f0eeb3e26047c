// A file that the finder left where it is, and why: on record so that a person sees it in `status`,
// and gone from there once the file is taken up, changed or removed.

import { formatTimestamp } from '../timestamps.ts';
import type { FileVersion } from './file-version.ts';
import { pathInId } from './path-in-id.ts';

/**
 * - `name_taken`: the storage area has another content under this path
 * - `content_known`: the storage area has this content under another name
 * - `lost`: on record already, but the storage area has lost it
 * - `missing`: a log of rsync names it, and it is not there
 * - `unreadable`: the system refuses to let it be read
 * - `refused`: the system refuses the action; it is tried again
 * - `changed`: it was written to after it was recorded; the record is no longer true
 * - `odd`: no ordinary file (link, FIFO, socket, …), or a name that can't be kept
 */
type AsideReason =
  | 'name_taken'
  | 'content_known'
  | 'lost'
  | 'missing'
  | 'unreadable'
  | 'refused'
  | 'changed'
  | 'odd';

export interface AsideRecord {
  _id: string;
  _rev?: string;
  type: 'endpoint-aside';
  /** The directory in which it lies, and its path there. */
  root: string;
  path: string;
  reason: AsideReason;
  message: string;
  checksum: string | null;
  size_bytes: number;
  /** The file on record that is in its way. */
  other: string | null;
  found_on: string;
}

export interface Aside {
  version: Pick<FileVersion, 'path' | 'size_bytes'>;
  reason: AsideReason;
  message: string;
  checksum?: string;
  other?: string;
}

export function asideId(root: string, path: string): string {
  return `aside:${root}/${pathInId(path)}`;
}

/** First and last id that records of files in this directory can have. */
export function asideRange(root = ''): { startKey: string; endKey: string } {
  const start = root === '' ? 'aside:' : asideId(root, '');
  return { startKey: start, endKey: `${start}\u{10ffff}` };
}

export function newAsideRecord(root: string, aside: Aside, now_ms: number): AsideRecord {
  return {
    _id: asideId(root, aside.version.path),
    type: 'endpoint-aside',
    root,
    path: aside.version.path,
    reason: aside.reason,
    message: aside.message,
    checksum: aside.checksum ?? null,
    size_bytes: aside.version.size_bytes,
    other: aside.other ?? null,
    found_on: formatTimestamp(now_ms),
  };
}
