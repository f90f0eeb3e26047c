import type { CouchDocument, StoredDatabase } from '../../store/database.ts';
import type { ServerStore } from '../../store/server-store.ts';
import { DocumentEntry } from '../document-entry.ts';
import { alreadyStarted, asReplicationError, ReplicationError } from '../replication-error.ts';
import { parseReplicationSpec } from '../replication-spec.ts';
import type { ReplicationJob } from './job.ts';
import type { JobRegistry } from './job-registry.ts';
import { finalState, sameDefinition, writeFinalState } from './replicator-documents.ts';

// Keeps the jobs in step with the documents of `_replicator`: a new document starts one, a changed
// one replaces it, a deleted one ends it. The documents are the truth; after a restart they are
// read again and each job goes on from its checkpoint.

export const replicatorDatabase = '_replicator';

const pageSize = 200;
const scanRetry_ms = 1_000;

export class ReplicatorScheduler {
  readonly #store: ServerStore;
  readonly #registry: JobRegistry;
  readonly #entries = new Map<string, DocumentEntry>();
  #release: () => void = () => {};
  #incarnation: string | undefined;
  #since = '0';
  #scan: Promise<void> = Promise.resolve();
  #scanQueued = false;
  #retry: NodeJS.Timeout | undefined;
  readonly #background = new Set<Promise<void>>();
  #stopped = false;

  constructor(store: ServerStore, registry: JobRegistry) {
    this.#store = store;
    this.#registry = registry;
  }

  /** Reads all documents, then watches. The database is made where it is missing. */
  async start(): Promise<void> {
    if (!this.#store.database(replicatorDatabase)) this.#store.createDatabase(replicatorDatabase);
    this.#release = this.#store.onDatabaseEvent((event) => {
      if (event.database === replicatorDatabase) this.#queueScan();
      if (event.type === 'created') this.#registry.databaseCreated();
    });
    this.#queueScan();
    await this.#scan;
  }

  /** Stops all jobs, those of `_replicate` too; no more are started. */
  async stop(): Promise<void> {
    this.#stopped = true;
    this.#release();
    clearTimeout(this.#retry);
    await Promise.all([this.#scan, this.#registry.stopAll()]);
    await Promise.all(this.#background);
  }

  /** Every replication document, sorted by id. */
  entries(): DocumentEntry[] {
    return [...this.#entries.values()].sort((a, b) => (a.docId < b.docId ? -1 : 1));
  }

  entry(docId: string): DocumentEntry | undefined {
    return this.#entries.get(docId);
  }

  /** One scan at a time; whatever happens during one is seen by the next. */
  #queueScan(): void {
    if (this.#scanQueued || this.#stopped) return;
    this.#scanQueued = true;
    this.#scan = this.#scan.then(async () => {
      this.#scanQueued = false;
      try {
        await this.#readChanges();
      } catch {
        // The database went away while it was read; its truth is read again soon.
        if (!this.#stopped) this.#retry = setTimeout(() => this.#queueScan(), scanRetry_ms);
      }
    });
  }

  async #readChanges(): Promise<void> {
    const database = this.#store.database(replicatorDatabase);
    if (database?.incarnation !== this.#incarnation) {
      this.#incarnation = database?.incarnation;
      this.#since = '0';
      for (const entry of this.#entries.values()) this.#inBackground(this.#drop(entry));
    }
    while (database && !this.#stopped) {
      const query = { since: this.#since, limit: pageSize, includeDocs: true };
      const page = await database.changesInTurns(query);
      if (this.#stopped) return;
      for (const { id, doc, deleted } of page.results) {
        if (id.startsWith('_design/')) continue;
        if (deleted || !doc) this.#removed(id);
        else this.#updated(database, id, doc);
      }
      this.#since = page.lastSeq;
      if (page.results.length < pageSize) return;
    }
  }

  #removed(docId: string): void {
    const entry = this.#entries.get(docId);
    if (entry) this.#inBackground(this.#drop(entry));
  }

  async #drop(entry: DocumentEntry): Promise<void> {
    if (this.#entries.get(entry.docId) === entry) this.#entries.delete(entry.docId);
    if (entry.job) await this.#registry.remove(entry.job);
  }

  #updated(database: StoredDatabase, docId: string, doc: CouchDocument): void {
    const before = this.#entries.get(docId);
    if (before && sameDefinition(before.document, doc)) {
      before.document = doc;
      return;
    }
    const entry = new DocumentEntry(replicatorDatabase, docId, doc);
    this.#entries.set(docId, entry);
    this.#inBackground(this.#replace(database, before, entry));
  }

  /** The old job has recorded its place before the new one looks for it. */
  async #replace(
    database: StoredDatabase,
    before: DocumentEntry | undefined,
    entry: DocumentEntry,
  ): Promise<void> {
    if (before) await this.#drop(before);
    const current = this.#entries.get(entry.docId) === entry;
    if (!current || this.#stopped || finalState(entry.document) !== undefined) return;
    try {
      this.#startJob(database, entry);
    } catch (cause) {
      entry.failure = asReplicationError(cause);
      await writeFinalState(database, entry.document, { state: 'failed', error: entry.failure });
    }
  }

  #startJob(database: StoredDatabase, entry: DocumentEntry): void {
    const spec = parseReplicationSpec(entry.document);
    const origin = { database: replicatorDatabase, docId: entry.docId };
    const job = this.#registry.create({ spec, origin, retries: true });
    const running = this.#registry.get(job.id);
    if (running) throw alreadyStarted(running);
    if (this.#registry.isFull()) {
      throw new ReplicationError('too_many_jobs', 'Too many replication jobs on this server.');
    }
    entry.job = job;
    this.#registry.start(job);
    this.#inBackground(job.finished().then(() => this.#ended(database, entry, job)));
  }

  async #ended(
    database: StoredDatabase,
    entry: DocumentEntry,
    job: ReplicationJob,
  ): Promise<void> {
    if (job.state !== 'completed' || this.#entries.get(entry.docId) !== entry) return;
    await writeFinalState(database, entry.document, { state: 'completed', job });
  }

  /**
   * Awaited by `stop`. What fails here is the writing of a final state into a database that is
   * gone or closing; a replication that ended is then run again, and finds nothing to do.
   */
  #inBackground(work: Promise<void>): void {
    const settled = work.catch(() => {}).finally(() => this.#background.delete(settled));
    this.#background.add(settled);
  }
}
