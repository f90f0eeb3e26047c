/**
 * One database on one SQLite file: brings reader, writer, indexes and log together and keeps what
 * they share in memory: the newest sequence, the counts, the listeners.
 */
import { CouchError } from '../couch-error.ts';
import { IndexSet } from '../mango/index-set.ts';
import { compileSelector } from '../mango/selector.ts';
import { StagedBlob } from './attachment-edit.ts';
import { AttachmentWriter } from './attachment-writer.ts';
import { BlobStore } from './blob-store.ts';
import { ChangeLog } from './change-log.ts';
import { CommitQueue } from './commit-queue.ts';
import { type Connection, openConnection } from './connection.ts';
import type {
  AttachmentContent,
  ChangesPage,
  ChangesQuery,
  CouchDocument,
  Database,
  DatabaseInfo,
  GetOptions,
  JsonObject,
  OpenRevision,
  PurgeResult,
  RevsDiff,
  StagedAttachment,
  WriteOptions,
  WriteResult,
} from './database.ts';
import { type Edit, parseEdit } from './document.ts';
import { LocalDocuments } from './local-documents.ts';
import { dropStaleBodies, purgeDocument, shrink, sweepBlobs } from './maintenance.ts';
import { readChanges } from './read-changes.ts';
import { Reader } from './reader.ts';
import { revsDiff } from './revs-diff.ts';
import { Change } from './row.ts';
import { sequenceText } from './sequence.ts';
import { Writer, type Written } from './writer.ts';

export type ChangesListener = (changes: readonly Change[]) => void;

export interface SqliteDatabaseOptions {
  readonly name: string;
  readonly path: string;
  readonly maxDocumentSize: number;
  /** Milliseconds since the epoch. */
  readonly now: number;
}

interface Counts {
  seq: number;
  living: number;
  deleted: number;
  /** Superseded bodies, about. */
  stale: number;
}

/** Superseded bodies are dropped by themselves when there are so many, and more than documents. */
const STALE_ALLOWED = 5000;

export class SqliteDatabase implements Database {
  readonly name: string;
  readonly incarnation: string;
  readonly connection: Connection;
  readonly reader: Reader;
  readonly local: LocalDocuments;
  readonly indexes: IndexSet;
  readonly log: ChangeLog;
  readonly #queue: CommitQueue;
  readonly #blobs: BlobStore;
  readonly #writer: Writer;
  readonly #attachments: AttachmentWriter;
  readonly #maxDocumentSize: number;
  readonly #createdAt: number;
  readonly #listeners = new Set<ChangesListener>();
  readonly #closeListeners = new Set<() => void>();
  #counts: Counts;
  /** The counts of the last commit; `#counts` runs ahead of it inside a transaction. */
  #committed: Counts;
  #written: Change[] = [];
  #revsLimit: number;
  #compacting: Promise<void> | undefined;
  #closed = false;

  constructor({ name, path, maxDocumentSize, now }: SqliteDatabaseOptions) {
    this.name = name;
    this.#maxDocumentSize = maxDocumentSize;
    this.connection = openConnection(path, now);
    this.incarnation = this.connection.meta('incarnation') as string;
    this.#createdAt = Number(this.connection.meta('created_at'));
    this.#revsLimit = Number(this.connection.meta('revs_limit') ?? 1000);
    this.#counts = this.#readCounts();
    this.#committed = { ...this.#counts };
    this.#queue = new CommitQueue(this.connection, {
      committed: () => this.#onCommitted(),
      rolledBack: () => this.#onRolledBack(),
    });
    this.#blobs = new BlobStore(this.connection, this.#queue);
    this.#attachments = new AttachmentWriter(this.connection, this.#blobs);
    this.reader = new Reader(this.connection, this.#blobs);
    this.local = new LocalDocuments(this.connection);
    this.log = new ChangeLog(this.connection, this.incarnation);
    this.indexes = new IndexSet(this.connection, this.#queue);
    this.#writer = new Writer(this.connection, this.#attachments, {
      nextSeq: () => ++this.#counts.seq,
      revsLimit: () => this.#revsLimit,
      wantsBodies: () => this.indexes.list.length > 0,
      written: (change) => this.#onWritten(change),
    });
  }

  get closed(): boolean {
    return this.#closed;
  }

  /** The number of the newest committed change. */
  get newest(): number {
    return this.#committed.seq;
  }

  get documentCount(): number {
    return this.#committed.living;
  }

  info(): DatabaseInfo {
    const page = this.connection.sql('PRAGMA page_size').get()?.page_size as number;
    const count = this.connection.sql('PRAGMA page_count').get()?.page_count as number;
    const free = this.connection.sql('PRAGMA freelist_count').get()?.freelist_count as number;
    const active = (count - free) * page;
    return {
      docCount: this.#committed.living,
      docDelCount: this.#committed.deleted,
      updateSeq: this.updateSeq(),
      purgeSeq: sequenceText(Number(this.connection.meta('purge_seq') ?? 0), this.incarnation),
      createdAt: this.#createdAt,
      sizes: { file: count * page, external: active, active },
      compactRunning: this.#compacting !== undefined,
    };
  }

  updateSeq(): string {
    return sequenceText(this.#committed.seq, this.incarnation);
  }

  get(id: string, options?: GetOptions): CouchDocument {
    return JSON.parse(this.reader.get(id, options).text) as CouchDocument;
  }

  openRevs(id: string, revs: 'all' | readonly string[], options?: GetOptions): OpenRevision[] {
    return this.reader.openDocuments(id, revs, options);
  }

  async write(
    documents: readonly CouchDocument[],
    { newEdits = true }: WriteOptions = {},
  ): Promise<WriteResult[]> {
    const options = { newEdits, maxDocumentSize: this.#maxDocumentSize };
    const edits = documents.map((document) => parseEdit(document, options));
    return newEdits ? this.writeEdits(edits) : this.replicateEdits(edits);
  }

  /** One interactive edit. */
  writeEdit(edit: Edit): Promise<WriteResult> {
    return this.#queue.add(() => this.#writer.edit(edit));
  }

  /** Interactive edits in one transaction, numbered in the order of their ids. */
  writeEdits(edits: readonly Edit[]): Promise<WriteResult[]> {
    return this.#queue.add(() => {
      this.#checkStubs(edits);
      const results = new Array<WriteResult>(edits.length);
      for (const place of inOrderOfIds(edits)) {
        results[place] = this.#writer.edit(edits[place] as Edit);
      }
      return results;
    });
  }

  replicateEdits(edits: readonly Edit[]): Promise<WriteResult[]> {
    return this.#queue.add(() => {
      this.#checkStubs(edits);
      for (const place of inOrderOfIds(edits)) this.#writer.replicate(edits[place] as Edit);
      return [];
    });
  }

  changes(query: ChangesQuery = {}): ChangesPage {
    const matches = query.selector ? compileSelector(query.selector) : undefined;
    return readChanges(this, query, matches);
  }

  pending(seq: number): number {
    const { seq: newest, living, deleted } = this.#committed;
    return this.log.pending(seq, newest, living + deleted);
  }

  onUpdate(listener: () => void): () => void {
    return this.onChanges(() => listener());
  }

  /** Called after each commit with its changes, in order, before the writers are answered. */
  onChanges(listener: ChangesListener): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  /** Called when the database closes (the server stops, or the database is deleted). */
  onClose(listener: () => void): () => void {
    this.#closeListeners.add(listener);
    return () => this.#closeListeners.delete(listener);
  }

  revsDiff(revs: { [id: string]: readonly string[] }): RevsDiff {
    return revsDiff(this.reader, revs);
  }

  getLocal(id: string): CouchDocument | undefined {
    return this.local.get(id);
  }

  putLocal(id: string, body: JsonObject): Promise<string> {
    return this.#queue.add(() => this.local.put(id, body));
  }

  deleteLocal(id: string): Promise<boolean> {
    return this.#queue.add(() => this.local.delete(id));
  }

  attachment(id: string, name: string, rev?: string): AttachmentContent {
    return this.reader.attachment(id, name, rev);
  }

  stageAttachment(
    content: AsyncIterable<Uint8Array>,
    contentType = 'application/octet-stream',
  ): Promise<StagedBlob> {
    return this.#blobs.stage(content, contentType);
  }

  /** Bytes that came compressed already; `length` is that of the content. */
  async stageEncoded(content: AsyncIterable<Uint8Array>, length: number): Promise<StagedBlob> {
    const { blob, length: encoded, digest } = await this.#blobs.stageAsIs(content);
    return new StagedBlob(blob, length, digest, { encoding: 'gzip', length: encoded });
  }

  releaseAttachment({ blob }: StagedAttachment): void {
    this.#blobs.release(blob);
  }

  security(): JsonObject {
    return JSON.parse(this.connection.meta('security') ?? DEFAULT_SECURITY) as JsonObject;
  }

  setSecurity(security: JsonObject): Promise<void> {
    const text = JSON.stringify(security);
    return this.#queue.add(() => this.connection.setMeta('security', text));
  }

  revsLimit(): number {
    return this.#revsLimit;
  }

  async setRevsLimit(limit: number): Promise<void> {
    if (!Number.isSafeInteger(limit) || limit < 1) {
      throw new CouchError(400, 'bad_request', '_revs_limit must be an integer above 0');
    }
    await this.#queue.add(() => this.connection.setMeta('revs_limit', String(limit)));
    this.#revsLimit = limit;
  }

  purge(revs: { [id: string]: readonly string[] }): Promise<PurgeResult> {
    return this.#queue.add(() => {
      const done = Object.entries(revs).map(([id, names]): [string, string[]] => {
        const row = this.reader.row(id);
        if (!row) return [id, []];
        const gone = purgeDocument(
          this.connection,
          this.indexes,
          row,
          names,
          (living, deleted) => {
            this.#counts.living += living;
            this.#counts.deleted += deleted;
          },
        );
        return [id, gone];
      });
      const before = Number(this.connection.meta('purge_seq') ?? 0);
      this.connection.setMeta('purge_seq', String(before + done.length));
      this.connection.setMeta('seq_at_purge', String(this.#counts.seq));
      return { purged: Object.fromEntries(done) };
    });
  }

  compact(): Promise<void> {
    this.#compacting ??= this.#compact().finally(() => {
      this.#compacting = undefined;
    });
    return this.#compacting;
  }

  close(): void {
    if (this.#closed) return;
    this.#queue.close();
    this.#closed = true;
    for (const listener of [...this.#closeListeners]) listener();
    this.#listeners.clear();
    this.#closeListeners.clear();
    this.connection.close();
  }

  async #compact(): Promise<void> {
    let more = true;
    while (more && !this.#closed) {
      more = await this.#queue.add(() => dropStaleBodies(this.connection));
    }
    this.#counts.stale = 0;
    await this.#queue.add(() => sweepBlobs(this.connection, this.#blobs));
    if (!this.#closed) shrink(this.connection);
  }

  #checkStubs(edits: readonly Edit[]): void {
    for (const edit of edits) if (edit.attachments.length > 0) this.#attachments.check(edit);
  }

  #onWritten(change: Written): void {
    const { row, value, before } = change;
    const counts = this.#counts;
    if (before) {
      counts.stale++;
      if (before.deleted) counts.deleted--;
      else counts.living--;
    }
    if (row.deleted) counts.deleted++;
    else counts.living++;
    this.indexes.written(change);
    this.#written.push(new Change(row, this.incarnation, value));
  }

  #onCommitted(): void {
    Object.assign(this.#committed, this.#counts);
    const changes = this.#written;
    if (changes.length === 0) return;
    this.#written = [];
    for (const listener of this.#listeners) listener(changes);
    const { stale, living, deleted } = this.#counts;
    if (stale > STALE_ALLOWED && stale > living + deleted) {
      this.#counts.stale = 0;
      this.compact().catch(() => undefined);
    }
  }

  #onRolledBack(): void {
    this.#written = [];
    Object.assign(this.#counts, this.#committed);
    this.indexes.reload();
  }

  #readCounts(): Counts {
    const count = (sql: string): number => this.connection.sql(sql).get()?.n as number;
    return {
      seq: Math.max(count('SELECT ifnull(max(seq), 0) AS n FROM docs'), this.#purgedSeq()),
      living: count('SELECT count(*) AS n FROM docs INDEXED BY docs_by_id WHERE deleted = 0'),
      deleted: count('SELECT count(*) AS n FROM docs INDEXED BY docs_by_id WHERE deleted = 1'),
      stale: count('SELECT ifnull(max(n), 0) AS n FROM revs'),
    };
  }

  /** Purging the newest document must not give its number out again. */
  #purgedSeq(): number {
    return Number(this.connection.meta('seq_at_purge') ?? 0);
  }
}

const DEFAULT_SECURITY = '{"members":{"roles":["_admin"]},"admins":{"roles":["_admin"]}}';

/** Places of the edits in the order of ids (by bytes); edits of one id stay in their order. */
function inOrderOfIds(edits: readonly Edit[]): number[] {
  const places = edits.map((_, place) => place);
  let sorted = true;
  for (let n = 1; n < edits.length && sorted; n++) {
    sorted = (edits[n - 1] as Edit).id <= (edits[n] as Edit).id;
  }
  if (sorted) return places;
  const keys = edits.map(({ id }) => Buffer.from(id));
  return places.sort((a, b) => Buffer.compare(keys[a] as Buffer, keys[b] as Buffer) || a - b);
}
