import type { Readable } from 'node:stream';
import type { JsonObject } from '../../json-object.ts';

// What the replication loop needs from either end. The two implementations are a database of this
// server (local-peer) and one behind HTTP (http-peer); the loop does not know which it talks to.

/** A source's update sequence: opaque, compared by nobody but the source itself. */
export type Sequence = string | number;

/** One row of a `style=all_docs` feed: every leaf revision of the document. */
export type PeerChange = { seq: Sequence; id: string; revs: string[] };

export type ChangesFilter =
  | { kind: 'all' }
  | { kind: 'doc-ids'; docIds: readonly string[] }
  | { kind: 'selector'; selector: JsonObject };

export type PeerChanges = {
  rows: PeerChange[];
  /** Everything up to here has been looked at, whether or not the filter let it through. */
  lastSeq: Sequence;
  /** Changes after this page; undefined where the source does not say. */
  pending: number | undefined;
};

export type RevisionDifference = { missing: string[]; possibleAncestors: string[] };

export type WantedRevision = { id: string; rev: string };

export type PeerAttachment = { body: Readable; length: number };

/** What a fetch gave, and its size in bytes as far as the peer knows it. */
export type Fetched = { documents: FetchedDocument[]; bytes: number };

/** A group of a running feed; with a filter, `lastSeq` may be past the last row. */
export type ChangesGroup = { rows: readonly PeerChange[]; lastSeq: Sequence };

/**
 * A document with `_revisions`. Attachments are inline (`data`), or, where they are large, stubs
 * with a `length` whose content `openAttachment` gives as a stream.
 */
export type FetchedDocument = {
  document: JsonObject & { _id: string; _rev: string };
  openAttachment?: (name: string) => Promise<PeerAttachment>;
};

/** A document that the target refuses for good (by its rules or its limits). */
export type WriteRefusal = { id: string; error: string; reason: string };

export type PeerInfo = {
  updateSeq: Sequence;
  /** Changes when the database is deleted and made anew; undefined where the server says nothing. */
  instance: string | undefined;
};

export interface ReplicationPeer {
  /** URL of the database without credentials, with a final slash: for people and for ids. */
  readonly label: string;
  /** Aborted, with the error as its reason, when the database is deleted (as far as it is known). */
  readonly gone: AbortSignal;
  /** Throws `db_not_found` where there is no such database, `unauthorized` where not allowed. */
  info(): Promise<PeerInfo>;
  /** Creates the database; one that is there already is no error. */
  create(): Promise<void>;
  changes(since: Sequence, limit: number, filter: ChangesFilter): Promise<PeerChanges>;
  /** Changes as they happen, in groups, until `signal`; throws when the feed breaks. */
  follow(since: Sequence, filter: ChangesFilter, signal: AbortSignal): AsyncIterable<ChangesGroup>;
  /** Which of these revisions (by document id) the database does not have. */
  revsDiff(revs: Record<string, string[]>): Promise<Record<string, RevisionDifference>>;
  /** The revisions with their ancestry; one that is no longer there is left out. */
  fetch(wanted: readonly WantedRevision[]): Promise<Fetched>;
  /** Stores revisions as they are (`new_edits=false`); durable when it returns. */
  write(documents: readonly FetchedDocument[]): Promise<WriteRefusal[]>;
  getLocal(id: string): Promise<JsonObject | undefined>;
  putLocal(id: string, document: JsonObject): Promise<void>;
  /** Ends requests under way; the peer is not used afterwards. */
  close(): void;
}
