/**
 * One database of the store, as routes and the replicator see it. Reads are synchronous (SQLite
 * is in the same process); writes resolve after the commit that holds them has reached the disk.
 */

import type { Readable } from 'node:stream';
import type { JsonObject } from '../json-object.ts';

/** A document with its special fields (`_id`, `_rev`, `_deleted`, `_revisions`, `_attachments`…). */
export type CouchDocument = JsonObject;

export interface GetOptions {
  /** The revision wanted; the winner when absent. */
  readonly rev?: string;
  /** Leaves instead of the revisions asked for: those under them, or the winner. */
  readonly latest?: boolean;
  /** The winner also where it is deleted. */
  readonly deleted?: boolean;
  readonly revs?: boolean;
  readonly revsInfo?: boolean;
  readonly conflicts?: boolean;
  readonly deletedConflicts?: boolean;
  readonly localSeq?: boolean;
  /** Attachments with their data (base64) instead of stubs. */
  readonly attachments?: boolean;
  /** Tells which attachments are kept compressed. */
  readonly encodingInfo?: boolean;
  /** With `attachments`: those that came in after one of these revisions; the others stay stubs. */
  readonly attsSince?: readonly string[];
}

export type OpenRevision = { readonly ok: CouchDocument } | { readonly missing: string };

export type EditResult =
  | { readonly ok: true; readonly id: string; readonly rev: string }
  | {
      readonly id: string;
      readonly rev?: string;
      readonly error: string;
      readonly reason: string;
    };

export interface WriteOptions {
  /** False stores the given revisions as they are (replication). Default true. */
  readonly newEdits?: boolean;
}

/** One line of the changes feed; `doc` when asked for. */
export interface ChangeRow {
  readonly seq: string;
  readonly id: string;
  readonly changes: readonly { readonly rev: string }[];
  readonly deleted?: true;
  readonly doc?: CouchDocument | null;
}

export interface ChangesQuery {
  /** A sequence of this database, `'0'` or `'now'`. One of an earlier incarnation counts as 0. */
  readonly since?: string;
  readonly limit?: number;
  readonly descending?: boolean;
  /** `all_docs` lists every leaf revision, `main_only` (default) the winner. */
  readonly style?: 'main_only' | 'all_docs';
  readonly includeDocs?: boolean;
  readonly conflicts?: boolean;
  readonly attachments?: boolean;
  readonly docIds?: readonly string[];
  /** A Mango selector; bad ones throw CouchError 400. */
  readonly selector?: JsonObject;
}

export interface StoredChanges {
  readonly results: readonly ChangeRow[];
  readonly lastSeq: string;
  /** Changes after `lastSeq`, matching or not. */
  readonly pending: number;
}

export type RevsDiff = {
  [id: string]: { missing: string[]; possible_ancestors?: string[] };
};

export interface StoredInfo {
  readonly docCount: number;
  readonly docDelCount: number;
  readonly updateSeq: string;
  readonly purgeSeq: string;
  /** Milliseconds since the epoch of the creation. */
  readonly createdAt: number;
  readonly sizes: { readonly file: number; readonly external: number; readonly active: number };
  readonly compactRunning: boolean;
}

export interface AttachmentContent {
  readonly contentType: string;
  readonly digest: string;
  readonly length: number;
  readonly revpos: number;
  /** Present where the bytes are kept compressed. */
  readonly encoded?: { readonly encoding: string; readonly length: number };
  /**
   * The content, chunk by chunk from the disk; where it is not kept compressed, from byte `start`
   * to `end` (both inclusive; default all).
   */
  read(start?: number, end?: number): Readable;
  /** The bytes as they are kept. */
  readEncoded(): Readable;
}

/**
 * An attachment whose bytes are stored already and that no document names yet: put it in the place
 * of `data` as `_attachments[name] = { content_type, staged }`. Those never used are removed.
 */
export interface StagedAttachment {
  readonly blob: number;
  readonly length: number;
  readonly digest: string;
}

export interface PurgeResult {
  readonly purged: { [id: string]: string[] };
}

export interface StoredDatabase {
  readonly name: string;
  /** Different for each creation, also under the same name; part of every sequence. */
  readonly incarnation: string;

  info(): StoredInfo;
  /** The sequence of the newest committed change. */
  updateSeq(): string;

  /** Throws CouchError 404 (`missing`, `deleted`). */
  get(id: string, options?: GetOptions): CouchDocument;
  /** `all`: every leaf; a list: each of these, `missing` where unknown. 404 for `all` of nothing. */
  openRevs(id: string, revs: 'all' | readonly string[], options?: GetOptions): OpenRevision[];

  /**
   * Writes documents in one transaction; the results are in the order of the documents. A conflict
   * is a result, a malformed document a CouchError for the whole call. With `newEdits: false` only
   * failures are listed.
   */
  write(documents: readonly CouchDocument[], options?: WriteOptions): Promise<EditResult[]>;

  changes(query?: ChangesQuery): StoredChanges;
  /** However many changes a filter passes over, others are served meanwhile. */
  changesInTurns(query?: ChangesQuery): Promise<StoredChanges>;
  /** Called after each commit that changed documents; the caller reads `changes` since its place. */
  onUpdate(listener: () => void): () => void;

  revsDiff(revs: { [id: string]: readonly string[] }): RevsDiff;

  /** A `_local` document by its full id (`_local/x`), with `_id` and `_rev`; undefined if absent. */
  getLocal(id: string): CouchDocument | undefined;
  /** Stores a `_local` document (there is no conflict check); returns the new `0-N`. */
  putLocal(id: string, body: JsonObject): Promise<string>;
  /** False where there was none. */
  deleteLocal(id: string): Promise<boolean>;

  /** Throws CouchError 404. */
  attachment(id: string, name: string, rev?: string): AttachmentContent;
  /** Text types are kept compressed, as CouchDB does. */
  stageAttachment(
    content: AsyncIterable<Uint8Array>,
    contentType?: string,
  ): Promise<StagedAttachment>;
  /** After the write, or instead of it: until then compaction leaves the bytes alone. */
  releaseAttachment(staged: StagedAttachment): void;

  security(): JsonObject;
  setSecurity(security: JsonObject): Promise<void>;
  revsLimit(): number;
  setRevsLimit(limit: number): Promise<void>;
  purge(revs: { [id: string]: readonly string[] }): Promise<PurgeResult>;
  /** Removes bodies of superseded revisions and attachments that nothing names. */
  compact(): Promise<void>;
}
