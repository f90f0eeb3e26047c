// What a found file is, by what is on record. Name and content identify a file: the same path with
// other content, or known content under another name, is nobody's decision but a person's.

import {
  type ContentMark,
  type EndpointFile,
  type IdentifiedFile,
  pathOfFile,
  versionKey,
} from '../../../core/dbb/endpoint-file.ts';
import { nameOf } from '../../../core/dbb/file-version.ts';
import type { Stored } from '../../../platform/couch/database.ts';

export interface Knowledge {
  /** The record of this path. */
  record: Stored<EndpointFile> | undefined;
  /** The mark of this content, and the record of the path that it names. */
  mark: Stored<ContentMark> | undefined;
  marked: Stored<EndpointFile> | undefined;
}

/**
 * - `new`: neither path nor content is on record
 * - `ours`: this very version is on record; a step after that may be missing
 * - `tracked`: a file of this name with this content is on record as `by`
 * - `name_taken`, `content_known`: see AsideRecord
 * - `claimed`: its content is marked for a path that is not on record: by a finder that is about
 *   to record it, or that died before
 */
export type Identity =
  | { kind: 'new' }
  | { kind: 'ours'; record: Stored<EndpointFile> }
  | { kind: 'tracked'; by: Stored<EndpointFile> }
  | { kind: 'name_taken' | 'content_known'; other: string }
  | { kind: 'claimed'; mark: Stored<ContentMark> };

export function identityOf(file: IdentifiedFile, known: Knowledge): Identity {
  const { version, checksum } = file;
  const { record, mark, marked } = known;
  if (record) {
    if (record.checksum !== checksum) return { kind: 'name_taken', other: version.path };
    const isOurs = record.origin === versionKey(version);
    return isOurs ? { kind: 'ours', record } : { kind: 'tracked', by: record };
  }
  if (!hasMark(file) || !mark || mark.path === version.path) return { kind: 'new' };
  if (marked?.checksum !== checksum) return { kind: 'claimed', mark };
  const other = pathOfFile(marked);
  if (nameOf(other) === nameOf(version.path)) return { kind: 'tracked', by: marked };
  return { kind: 'content_known', other };
}

/** Empty files have no content that could be the same. */
export function hasMark({ version }: IdentifiedFile): boolean {
  return version.size_bytes > 0;
}
