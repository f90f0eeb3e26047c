// What the endpoint manager keeps about a file of the storage area. Two documents: the record, whose
// id is the file's path (one path, one record), and the mark of its content, whose id is the
// checksum (one content, one name). Both are made by compare-and-set, so that of several finders
// one wins, and both can be looked up for hundreds of files in one request.

import { formatTimestamp } from '../timestamps.ts';
import { directoryOf, type FileVersion, nameOf } from './file-version.ts';

export const actionNames = ['Move', 'Delete', 'Noop'] as const;
export type ActionName = (typeof actionNames)[number];

export interface EndpointFile {
  _id: string;
  _rev?: string;
  type: 'endpoint-file';
  /** Directory below the storage area, '' for the area itself. */
  relpath: string;
  filename: string;
  /** BLAKE2b-512, 128 hexadecimal digits. */
  checksum: string;
  size_bytes: number;
  added_on: string;
  /** Which version it was found as, so that the same one is known again without reading it. */
  origin: string;
  action: ActionName;
  /** Database of the events for which this file counts as BACKFILL. */
  backfill?: string;
}

export interface ContentMark {
  _id: string;
  _rev?: string;
  /** Under which path this content is on record. */
  path: string;
}

/** A file whose content is known. */
export interface IdentifiedFile {
  version: FileVersion;
  checksum: string;
}

const FILE_PREFIX = 'file:';
const CONTENT_DIGITS = 64;

export function fileId(path: string): string {
  return FILE_PREFIX + path;
}

/** Undefined where the id is not one of a file's record. */
export function pathOfId(id: string): string | undefined {
  return id.startsWith(FILE_PREFIX) ? id.slice(FILE_PREFIX.length) : undefined;
}

/** First and last id that records of files in this directory (and below) can have. */
export function fileIdRange(prefix: string): { startKey: string; endKey: string } {
  return { startKey: FILE_PREFIX + prefix, endKey: `${FILE_PREFIX}${prefix}\u{10ffff}` };
}

export function contentId(checksum: string): string {
  return checksum.slice(0, CONTENT_DIGITS);
}

/** Same content, same inode, same time: the same version. */
export function versionKey({ mtime_ms, size_bytes, ino }: FileVersion): string {
  return [Math.round(mtime_ms * 1000), size_bytes, ino].map((n) => n.toString(36)).join('-');
}

export function newEndpointFile(
  { version, checksum }: IdentifiedFile,
  action: ActionName,
  now_ms: number,
): EndpointFile {
  return {
    _id: fileId(version.path),
    type: 'endpoint-file',
    relpath: directoryOf(version.path),
    filename: nameOf(version.path),
    checksum,
    size_bytes: version.size_bytes,
    added_on: formatTimestamp(now_ms),
    origin: versionKey(version),
    action,
  };
}

export function pathOfFile({
  relpath,
  filename,
}: Pick<EndpointFile, 'relpath' | 'filename'>): string {
  return relpath === '' ? filename : `${relpath}/${filename}`;
}
