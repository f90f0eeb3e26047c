import { CouchError } from '../../couch-error.ts';
import type { JsonObject } from '../../json-object.ts';
import type {
  CouchDocument,
  StagedAttachment,
  StoredChanges,
  StoredDatabase,
} from '../../store/database.ts';
import type { ServerStore } from '../../store/server-store.ts';
import { checkPortion } from '../portion-limit.ts';
import { databaseReplaced, ReplicationError } from '../replication-error.ts';
import { estimatedBytes } from '../size-estimate.ts';
import {
  attachmentDescription,
  attachmentStubs,
  inlineBytesMax,
  stubBytes,
  withPlainAttachments,
} from './attachment-stubs.ts';
import { isObject } from './endpoint.ts';
import type {
  ChangesFilter,
  ChangesGroup,
  Fetched,
  FetchedDocument,
  PeerChanges,
  PeerInfo,
  ReplicationPeer,
  RevisionDifference,
  Sequence,
  WantedRevision,
  WriteRefusal,
} from './peer.ts';
import { isFinalRefusal } from './write-refusal.ts';

// A database of this server, reached through the store: no request, no copy through JSON.

const groupSize = 500;

export class LocalPeer implements ReplicationPeer {
  readonly label: string;
  readonly #store: ServerStore;
  readonly #name: string;
  readonly #stop = new AbortController();
  readonly #gone = new AbortController();
  readonly #release: () => void;
  /** Of the database first seen: one made anew under the name is another. */
  #incarnation: string | undefined;

  constructor(store: ServerStore, name: string, label: string) {
    this.#store = store;
    this.#name = name;
    this.label = label;
    this.#release = store.onDatabaseEvent((event) => {
      if (event.type === 'deleted' && event.database === name) this.#gone.abort(this.#missing());
    });
  }

  get gone(): AbortSignal {
    return this.#gone.signal;
  }

  async info(): Promise<PeerInfo> {
    const database = this.#database();
    return { updateSeq: database.updateSeq(), instance: database.incarnation };
  }

  async create(): Promise<void> {
    if (this.#store.database(this.#name)) return;
    try {
      this.#store.createDatabase(this.#name);
    } catch (cause) {
      throw this.#inReplicatorWords(cause);
    }
  }

  async changes(since: Sequence, limit: number, filter: ChangesFilter): Promise<PeerChanges> {
    const page = await this.#changesOf(this.#database(), since, limit, filter);
    return {
      rows: page.results.map(readRow),
      lastSeq: page.lastSeq,
      pending: page.pending,
    };
  }

  async *follow(
    since: Sequence,
    filter: ChangesFilter,
    signal: AbortSignal,
  ): AsyncIterable<ChangesGroup> {
    const stopped = AbortSignal.any([signal, this.#stop.signal]);
    const updates = new UpdateBell(this.#database(), AbortSignal.any([stopped, this.gone]));
    let place = since;
    try {
      while (!stopped.aborted) {
        updates.reset();
        const page = await this.#changesOf(this.#database(), place, groupSize, filter);
        if (page.lastSeq !== place) {
          place = page.lastSeq;
          yield { rows: page.results.map(readRow), lastSeq: page.lastSeq };
        } else await updates.rung;
      }
    } finally {
      updates.close();
    }
  }

  async revsDiff(revs: Record<string, string[]>): Promise<Record<string, RevisionDifference>> {
    const found: Record<string, RevisionDifference> = {};
    for (const [id, entry] of Object.entries(this.#database().revsDiff(revs))) {
      found[id] = { missing: entry.missing, possibleAncestors: entry.possible_ancestors ?? [] };
    }
    return found;
  }

  async fetch(wanted: readonly WantedRevision[]): Promise<Fetched> {
    const database = this.#database();
    const documents: FetchedDocument[] = [];
    let bytes = 0;
    for (const [id, revisions] of Map.groupBy(wanted, (revision) => revision.id)) {
      const revs = revisions.map(({ rev }) => rev);
      for (const document of leavesOf(database, id, revs)) {
        const fetched = this.#fetched(database, document);
        bytes += estimatedBytes(fetched.document);
        checkPortion(bytes, wanted.length, this.label);
        documents.push(fetched);
      }
    }
    return { documents, bytes };
  }

  #fetched(database: StoredDatabase, document: FetchedDocument['document']): FetchedDocument {
    const stubs = attachmentStubs(document);
    if (stubs.size === 0) return { document };
    const { _id: id, _rev: rev } = document;
    if (stubBytes(stubs) <= inlineBytesMax) {
      const whole = database.get(id, { rev, revs: true, attachments: true });
      return { document: withPlainAttachments({ ...whole, _id: id, _rev: rev }) };
    }
    const openAttachment = async (name: string) => {
      const content = database.attachment(id, name, rev);
      return { body: content.read(), length: content.length };
    };
    return { document, openAttachment };
  }

  async write(documents: readonly FetchedDocument[]): Promise<WriteRefusal[]> {
    const database = this.#database();
    const ready: CouchDocument[] = [];
    const held: StagedAttachment[] = [];
    try {
      for (const document of documents) ready.push(await this.#staged(database, document, held));
      return await this.#write(database, ready);
    } finally {
      for (const staged of held) database.releaseAttachment(staged);
    }
  }

  /** The document with its large attachments stored already, or as it is where it has none. */
  async #staged(
    database: StoredDatabase,
    { document, openAttachment }: FetchedDocument,
    held: StagedAttachment[],
  ): Promise<CouchDocument> {
    if (!openAttachment) return document;
    const attachments: JsonObject = { ...(document._attachments as JsonObject) };
    for (const [name, stub] of attachmentStubs(document)) {
      const { body } = await openAttachment(name);
      const type = typeof stub.content_type === 'string' ? stub.content_type : undefined;
      const staged = await database.stageAttachment(body, type);
      held.push(staged);
      if (staged.length !== stub.length) {
        const reason = `an attachment of ${document._id} has not the length that it gives`;
        throw new ReplicationError('bad_answer', reason);
      }
      attachments[name] = { ...attachmentDescription(stub), staged };
    }
    return { ...document, _attachments: attachments };
  }

  /** A call that is refused whole because of one document is cut until that one is alone. */
  async #write(
    database: StoredDatabase,
    documents: readonly CouchDocument[],
  ): Promise<WriteRefusal[]> {
    if (documents.length === 0) return [];
    try {
      const results = await database.write(documents, { newEdits: false });
      return results.flatMap((result) => ('error' in result ? [readFailure(result)] : []));
    } catch (cause) {
      if (!(cause instanceof CouchError) || ![400, 413].includes(cause.status)) throw cause;
      const { error, reason } = cause;
      if (documents.length === 1) return [{ id: String(documents[0]!._id), error, reason }];
      const half = documents.length >> 1;
      const first = await this.#write(database, documents.slice(0, half));
      return [...first, ...(await this.#write(database, documents.slice(half)))];
    }
  }

  async getLocal(id: string): Promise<JsonObject | undefined> {
    return this.#database().getLocal(`_local/${id}`);
  }

  async putLocal(id: string, document: JsonObject): Promise<void> {
    await this.#database().putLocal(`_local/${id}`, document);
  }

  close(): void {
    this.#stop.abort();
    this.#release();
  }

  /** Looked up each time, so that a database deleted or made anew meanwhile is noticed. */
  #database(): StoredDatabase {
    const database = this.#store.database(this.#name);
    if (!database) throw this.#missing();
    this.#incarnation ??= database.incarnation;
    if (this.#incarnation === database.incarnation) return database;
    throw databaseReplaced(this.label);
  }

  #missing(): ReplicationError {
    return new ReplicationError('db_not_found', `could not open ${this.label}`, { status: 404 });
  }

  async #changesOf(
    database: StoredDatabase,
    since: Sequence,
    limit: number,
    filter: ChangesFilter,
  ): Promise<StoredChanges> {
    try {
      return await database.changesInTurns({
        since: String(since),
        limit,
        style: 'all_docs',
        ...(filter.kind === 'doc-ids' ? { docIds: filter.docIds } : {}),
        ...(filter.kind === 'selector' ? { selector: filter.selector } : {}),
      });
    } catch (cause) {
      throw this.#inReplicatorWords(cause);
    }
  }

  #inReplicatorWords(cause: unknown): unknown {
    if (!(cause instanceof CouchError)) return cause;
    const { status, error, reason } = cause;
    return new ReplicationError(error, `${this.label}: ${reason}`, { status, cause });
  }
}

/** Rings at each commit of a database, and at the end. */
class UpdateBell {
  rung: Promise<void> = Promise.resolve();
  #ring: () => void = () => {};
  readonly #release: (() => void)[];

  constructor(database: StoredDatabase, signal: AbortSignal) {
    const ring = () => this.#ring();
    signal.addEventListener('abort', ring, { once: true });
    this.#release = [database.onUpdate(ring), () => signal.removeEventListener('abort', ring)];
  }

  /** To be called before the state is read, so that nothing is missed between read and wait. */
  reset(): void {
    this.rung = new Promise((resolve) => {
      this.#ring = resolve;
    });
  }

  close(): void {
    for (const release of this.#release) release();
  }
}

function leavesOf(database: StoredDatabase, id: string, revs: string[]) {
  const leaves = new Map<string, FetchedDocument['document']>();
  try {
    for (const entry of database.openRevs(id, revs, { revs: true, latest: true })) {
      if (!('ok' in entry) || !isObject(entry.ok)) continue;
      const rev = String(entry.ok._rev);
      leaves.set(rev, { ...entry.ok, _id: id, _rev: rev });
    }
  } catch (cause) {
    // Purged meanwhile: nothing is left to carry.
    if (!(cause instanceof CouchError) || cause.status !== 404) throw cause;
  }
  return leaves.values();
}

function readRow(row: { seq: string; id: string; changes: readonly { rev: string }[] }) {
  return { seq: row.seq, id: row.id, revs: row.changes.map(({ rev }) => rev) };
}

function readFailure({ id, error, reason }: WriteRefusal): WriteRefusal {
  if (!isFinalRefusal(error)) throw new ReplicationError(error, `${id}: ${reason}`);
  return { id, error, reason };
}
