// The database as a port: what actors may do with a CouchDB server. Live adapter: `nano-database`.
// The contract that every adapter keeps is test/contract/database/.

import { AppError } from '../../core/errors.ts';
import type { ExclusiveWrites } from './exclusive/exclusive-writes.ts';

export interface Document {
  _id: string;
  _rev?: string;
  [field: string]: unknown;
}

/** A document as read: it has a revision. */
export type Stored<T> = T & { _id: string; _rev: string };

/** A document to be written: `_rev` of the revision that it replaces, none for a new one. */
export type Writable = { _id: string; _rev?: string; _deleted?: true };

export type WriteResult =
  | {
      id: string;
      ok: true;
      rev: string;
      /**
       * On a cluster: fewer than a majority of the copies took it. It will spread, but another write
       * may have won: never take it for a claim (see `settled-write`).
       */
      accepted?: true;
    }
  | { id: string; ok: false; error: 'conflict' }
  | { id: string; ok: false; error: string; reason: string };

export interface Query {
  /** A Mango selector. */
  selector: Record<string, unknown>;
  fields?: string[];
  sort?: (string | Record<string, 'asc' | 'desc'>)[];
  limit?: number;
  /** Which index to use, by design document; without it the server chooses. */
  index?: string;
  /** Documents with other living leaves name them in `_conflicts`. */
  conflicts?: true;
}

export interface Change {
  id: string;
  seq: string;
  deleted: boolean;
  rev: string;
  /** There when `includeDocs` was asked for; for a deleted document only `_id` and `_rev`. */
  doc?: Stored<Document>;
}

export interface FollowOptions {
  /** `now`, `0`, or a sequence. */
  since: string;
  includeDocs?: boolean;
  /** With `includeDocs`: documents with other living leaves name them in `_conflicts`. */
  conflicts?: boolean;
  /**
   * On a cluster: called a while after the feed began or came back, and now and then while `isBusy`
   * says so. What was read beside the feed came from a copy that may have lagged: read it again.
   */
  onDoubt?(): void;
  isBusy?(): boolean;
  /** Only changes whose document matches this Mango selector. Deletions may be left out. */
  selector?: Record<string, unknown>;
  ids?: string[];
  /** Called with changes in order, never again before the promise it returned is settled. */
  onChanges(changes: Change[]): void | Promise<void>;
  /** Told when the feed is lost (with the error) and when it is back (undefined). */
  onState?(error: Error | undefined): void;
}

export interface Feed {
  /** Stops; resolves when no further call will come. */
  stop(): Promise<void>;
}

export interface AllDocsOptions {
  /** Design documents in place of all others. */
  design?: boolean;
  startKey?: string;
  endKey?: string;
  limit?: number;
}

export interface DatabaseInfo {
  updateSeq: string;
  docCount: number;
  /** On how many nodes of a cluster each document lies; 1 on a single server. */
  copies: number;
  /** On disk; 0 where there is none. */
  file_bytes: number;
}

/** One end of a document's revision tree. */
export interface LeafRevision<T = Document> {
  rev: string;
  deleted: boolean;
  /** From this revision back to the oldest that is known. */
  history: readonly string[];
  /** Of a deleted leaf: what its tombstone says. */
  doc: Stored<T>;
}

export interface Attachment {
  contentType: string;
  content: Uint8Array;
}

export type TakePage<T> = (docs: Stored<T>[]) => void | Promise<void>;

/** What `getMany` says of each id. */
export type Lookup<T> = { doc: Stored<T> } | { deleted: true } | { missing: true };

export interface Database {
  readonly name: string;
  info(): Promise<DatabaseInfo>;
  /** Undefined where there is no such document (or it was deleted). */
  get<T = Document>(id: string): Promise<Stored<T> | undefined>;
  /** One answer per id, in order, in one request. */
  getMany<T = Document>(ids: readonly string[]): Promise<Lookup<T>[]>;
  /**
   * All leaves of each document, the winner first; none where it never existed. On a cluster at
   * least a majority of the copies agree on them, or all that answer are joined.
   */
  leaves<T = Document>(ids: readonly string[]): Promise<LeafRevision<T>[][]>;
  /**
   * Compare-and-set: resolves with the new revision; throws ConflictError. On a cluster it is
   * durable then, and not more: where only one may win, use `updateDocument`.
   */
  put<T extends Writable>(doc: T): Promise<string>;
  /** Compare-and-set where only one writer may win, on a cluster too. */
  readonly exclusive: ExclusiveWrites;
  /** Many compare-and-set writes in one request, each with its own result, in order. */
  bulk<T extends Writable>(docs: readonly T[]): Promise<WriteResult[]>;
  /** All matching documents (up to `limit` where given; the adapter pages), in index order. */
  find<T = Document>(query: Query): Promise<Stored<T>[]>;
  /** The same in pieces of a bounded size, each when the one before was taken. */
  findInPages<T = Document>(query: Query, take: TakePage<T>): Promise<void>;
  /** Documents by id, in the order of their ids (bytes). */
  allDocs<T = Document>(options?: AllDocsOptions): Promise<Stored<T>[]>;
  /** Ids of the documents that were written last, the last first; deleted ones are left out. */
  newestIds(limit: number): Promise<string[]>;
  /** Follows the changes feed until stopped; reconnects by itself and never loses its place. */
  follow(options: FollowOptions): Feed;
  putAttachment(id: string, rev: string, name: string, attachment: Attachment): Promise<string>;
  /** Undefined where there is no such document or attachment. */
  getAttachment(id: string, name: string): Promise<Attachment | undefined>;
  /** Makes a Mango index of these fields where it does not exist yet. */
  ensureIndex(fields: readonly string[]): Promise<void>;
}

export interface DatabaseServer {
  /** Address without credentials, for logs and people. */
  readonly address: string;
  open(name: string): Database;
  /** Makes the database where it does not exist yet. */
  create(name: string): Promise<'created' | 'exists'>;
  remove(name: string): Promise<void>;
  /** All databases, sorted, system ones (`_…`) too. */
  names(): Promise<string[]>;
  /** Resolves where the server answers and the credentials are good. */
  check(): Promise<void>;
}

/** The server can't be reached or is overloaded: the same call may succeed later. */
export class DatabaseUnavailableError extends AppError {
  constructor(message: string, options: { hint?: string; cause?: unknown } = {}) {
    super('database_unavailable', message, { ...options, retriable: true });
  }
}

/** Another write came first. */
export class ConflictError extends AppError {
  constructor(database: string, id: string) {
    super('conflict', `document ${id} of ${database} was changed meanwhile`, { retriable: true });
  }
}

/** The server refused: bad credentials, no such database, a malformed query. */
export class DatabaseRefusedError extends AppError {
  readonly status: number;

  constructor(status: number, message: string, options: { hint?: string; cause?: unknown } = {}) {
    super('database_refused', message, options);
    this.status = status;
  }
}
