/** One database on one SQLite file: reader, writer, indexes and log, and what they share in memory. */
import { CouchError } from '../couch-error.ts';
import type { JsonObject } from '../json-object.ts';
import { AttachmentWriter } from './attachments/attachment-writer.ts';
import { BlobStore } from './attachments/blob-store.ts';
import type { Unpacked } from './attachments/gunzips-to.ts';
import { ChangeLog } from './changes/change-log.ts';
import { Listeners, type Log } from './changes/listeners.ts';
import { readChanges, readChangesInTurns } from './changes/read-changes.ts';
import { sequenceText } from './changes/sequence.ts';
import { CommitQueue } from './commit-queue.ts';
import { type Connection, openConnection } from './connection.ts';
import type {
  AttachmentContent,
  ChangesQuery,
  CouchDocument,
  EditResult,
  GetOptions,
  OpenRevision,
  PurgeResult,
  RevsDiff,
  StagedAttachment,
  StoredChanges,
  StoredDatabase,
  StoredInfo,
  WriteOptions,
} from './database.ts';
import type { SqliteDatabaseOptions } from './database-options.ts';
import type { StagedBlob } from './documents/attachment-edit.ts';
import { type Edit, parseEdit } from './documents/document.ts';
import { revsDiff } from './documents/revs-diff.ts';
import type { RowChange } from './documents/row.ts';
import { IndexSet } from './indexes/index-set.ts';
import { LocalDocuments, type LocalEdit, parseLocal } from './local-documents.ts';
import { inPortions } from './portions.ts';
import { Reader } from './reader.ts';
import { eventLoopTurns, type Turns } from './turns.ts';
import { fileSizes, purgeDocuments } from './upkeep/maintenance.ts';
import { PurgeLog } from './upkeep/purge-log.ts';
import { Upkeep } from './upkeep/upkeep.ts';
import { CommitState } from './writing/commit-state.ts';
import { Writer } from './writing/writer.ts';

export type ChangesListener = (changes: readonly RowChange[]) => void;

/** Superseded bodies are dropped by themselves when there are so many, and more than documents. */
const STALE_ALLOWED = 5000;

export class SqliteDatabase implements StoredDatabase {
  readonly name: string;
  readonly incarnation: string;
  readonly connection: Connection;
  readonly reader: Reader;
  readonly local: LocalDocuments;
  readonly indexes: IndexSet;
  readonly log: ChangeLog;
  readonly purges: PurgeLog;
  readonly #state: CommitState;
  readonly #queue: CommitQueue;
  readonly #turns: Turns;
  readonly #blobs: BlobStore;
  readonly #writer: Writer;
  readonly #maxDocumentSize: number;
  readonly #log: Log;
  readonly #createdAt: number;
  readonly #listeners: Listeners<readonly RowChange[]>;
  readonly #closeListeners: Listeners<void>;
  #revsLimit: number;
  readonly #upkeep: Upkeep;
  closed = false;

  constructor(options: SqliteDatabaseOptions) {
    const { name, path, maxDocumentSize, now, log = () => undefined, image } = options;
    this.name = name;
    this.#turns = options.turns ?? eventLoopTurns;
    this.#log = log;
    this.#listeners = new Listeners(name, log);
    this.#closeListeners = new Listeners(name, log);
    this.#maxDocumentSize = maxDocumentSize;
    this.connection = openConnection(path, now, image);
    this.incarnation = this.connection.meta('incarnation') as string;
    this.#createdAt = Number(this.connection.meta('created_at'));
    this.#revsLimit = Number(this.connection.meta('revs_limit') ?? 1000);
    this.#state = new CommitState(this.connection, this.incarnation);
    const rolledBack = (): void => {
      this.#state.rollBack();
      this.indexes.reload();
    };
    const hooks = { committed: () => this.#onCommitted(), rolledBack };
    this.#queue = new CommitQueue(this.connection, hooks, this.#turns);
    this.#blobs = new BlobStore(this.connection, this.#queue);
    this.#upkeep = new Upkeep({
      ...{ connection: this.connection, queue: this.#queue, blobs: this.#blobs },
      begun: () => this.#state.compacted(),
      isClosed: () => this.closed,
    });
    this.reader = new Reader(this.connection, this.#blobs);
    this.local = new LocalDocuments(this.connection);
    this.purges = new PurgeLog(this.connection, this.#queue);
    this.log = new ChangeLog(this.connection, this.incarnation);
    this.indexes = new IndexSet(this.connection, this.#queue);
    const attachments = new AttachmentWriter(this.connection, this.#blobs);
    this.#writer = new Writer(this.connection, attachments, {
      nextSeq: () => this.#state.nextSeq(),
      revsLimit: () => this.#revsLimit,
      wantsBodies: () => this.indexes.list.length > 0,
      written: (change) => {
        this.#state.written(change);
        this.indexes.written(change);
      },
    });
  }

  /** The number of the newest committed change. */
  get newest(): number {
    return this.#state.committed.seq;
  }

  get documentCount(): number {
    return this.#state.committed.living;
  }

  info(): StoredInfo {
    const { living: docCount, deleted: docDelCount } = this.#state.committed;
    return {
      ...{ docCount, docDelCount },
      updateSeq: this.updateSeq(),
      purgeSeq: sequenceText(Number(this.connection.meta('purge_seq') ?? 0), this.incarnation),
      createdAt: this.#createdAt,
      sizes: fileSizes(this.connection),
      compactRunning: this.#upkeep.isCompacting,
    };
  }

  updateSeq(): string {
    return sequenceText(this.#state.committed.seq, this.incarnation);
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
  ): Promise<EditResult[]> {
    const options = { newEdits, maxDocumentSize: this.#maxDocumentSize };
    const edits = documents.map((document) => parseEdit(document, options));
    return newEdits ? this.writeEdits(edits) : this.replicateEdits(edits);
  }

  /** One interactive edit. */
  writeEdit(edit: Edit): Promise<EditResult> {
    return this.#queue.add(() => this.#writer.edit(edit));
  }

  /** Interactive edits in one transaction, numbered in the order of their ids. */
  writeEdits(edits: readonly Edit[]): Promise<EditResult[]> {
    return this.#queue.add(() => this.#writer.editAll(edits));
  }

  /** In one transaction, but for a document with very many revisions: that gives way to others. */
  async replicateEdits(edits: readonly Edit[]): Promise<EditResult[]> {
    for (const portion of inPortions(edits)) {
      await this.#queue.add(() => this.#writer.replicateAll(portion));
    }
    return [];
  }

  changes(query: ChangesQuery = {}): StoredChanges {
    return readChanges(this, query);
  }

  changesInTurns(query: ChangesQuery = {}): Promise<StoredChanges> {
    return readChangesInTurns(this, query, this.#turns);
  }

  pending(seq: number): number {
    const { seq: newest, living, deleted } = this.#state.committed;
    return this.log.pending(seq, newest, living + deleted);
  }

  onUpdate(listener: () => void): () => void {
    return this.onChanges(() => listener());
  }

  /** Called after each commit with its changes, in order, before the writers are answered. */
  onChanges(listener: ChangesListener): () => void {
    return this.#listeners.add(listener);
  }

  /** Called when the server stops or the database is deleted. */
  onClose(listener: () => void): () => void {
    return this.#closeListeners.add(listener);
  }

  revsDiff(revs: { [id: string]: readonly string[] }): RevsDiff {
    return revsDiff(this.reader, revs);
  }

  getLocal(id: string): CouchDocument | undefined {
    return this.local.get(id);
  }

  async putLocal(id: string, body: JsonObject): Promise<string> {
    const edit = parseLocal(id, body, this.#maxDocumentSize);
    return this.#queue.add(() => this.local.put(edit));
  }

  writeLocals(edits: readonly LocalEdit[]): Promise<string[]> {
    return this.#queue.add(() => edits.map((edit) => this.local.put(edit)));
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

  stageEncoded(content: AsyncIterable<Uint8Array>, expected: Unpacked): Promise<StagedBlob> {
    return this.#blobs.stageEncoded(content, expected);
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
    if (!Number.isSafeInteger(limit) || limit < 1)
      throw new CouchError(400, 'bad_request', '_revs_limit must be an integer above 0');
    await this.#queue.add(() => this.connection.setMeta('revs_limit', String(limit)));
    this.#revsLimit = limit;
  }

  purge(revs: { [id: string]: readonly string[] }): Promise<PurgeResult> {
    return this.#queue.add(() => {
      const parts = { connection: this.connection, indexes: this.indexes, state: this.#state };
      this.purges.add(revs);
      return { purged: purgeDocuments(parts, (id) => this.reader.row(id), revs) };
    });
  }

  compact(): Promise<void> {
    return this.#upkeep.compact();
  }

  close(): void {
    if (this.closed) return;
    this.#queue.close();
    this.closed = true;
    this.#closeListeners.tell();
    for (const listeners of [this.#listeners, this.#closeListeners]) listeners.clear();
    this.connection.close();
  }

  /** Tombstones that are older go, see `tombstones`; gives how many. */
  purgeTombstones(age_ms: number, now_ms: number): Promise<number> {
    return this.#upkeep.purgeTombstones(this, age_ms, now_ms);
  }

  #onCommitted(): void {
    const changes = this.#state.commit();
    if (changes.length === 0) return;
    this.#listeners.tell(changes);
    const { stale, living, deleted } = this.#state.committed;
    if (stale > STALE_ALLOWED && stale > living + deleted) {
      this.compact().catch((error) => this.#log(`compaction of ${this.name} failed`, error));
    }
  }
}

const DEFAULT_SECURITY = '{"members":{"roles":["_admin"]},"admins":{"roles":["_admin"]}}';
