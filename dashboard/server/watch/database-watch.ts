// Follows one database: reads what is there, then each change; and after an outage reads all again,
// because the database may be another one by then. What it finds goes to a sink.

import { describeError } from '../../../mockup/core/errors.ts';
import type { Clock } from '../../../mockup/platform/clock/clock.ts';
import {
  type Change,
  type Database,
  DatabaseRefusedError,
  type DatabaseServer,
  type Document,
  type Feed,
  type Stored,
} from '../../../mockup/platform/couch/database.ts';
import { couchError } from '../../../mockup/platform/couch/reaching/couch-errors.ts';
import type { Logger } from '../../../mockup/platform/log/logger.ts';
import type { FeedState, FeedSummary } from '../../protocol/summaries.ts';
import type { LiveModel } from '../model/live-model.ts';
import type { Gate } from './gate.ts';

export interface DocumentSink {
  /** False: the feed brings ids alone, and `change` gets no documents. Default true. */
  includeDocs?: boolean;
  /** All documents that matter, in pages. */
  read(): AsyncIterable<Stored<Document>[]>;
  /** One document as it was read. */
  put(doc: Stored<Document>): void;
  /** A change from the feed that is no deletion; default: `put` with its document. */
  change?(change: Change): void;
  remove(id: string): void;
  /** Ids of what is known, to drop what a new reading does not find. */
  ids(): Iterable<string>;
  /** How many documents are known. */
  size(): number;
  /** Called before the first page is read, and after the last. */
  reading?(isReading: boolean): void;
  /** Called where the database does not answer. */
  lost?(): void;
  /** After each page or batch of changes. */
  settle?(): void;
}

export interface WatchPorts {
  clock: Clock;
  log: Logger;
  model: LiveModel;
  server: DatabaseServer;
  /** One database is read at a time, in the order in which their watches were made. */
  turns: Gate;
}

const RETRY_MS = 2_000;

export class DatabaseWatch {
  readonly #ports: WatchPorts;
  readonly #database: Database;
  readonly #sink: DocumentSink;
  readonly #stopping = new AbortController();
  readonly #ended: Promise<void>;
  #state: FeedState = 'loading';
  #since_ms: number;
  #error: string | null = null;
  #wasThere = false;

  constructor(ports: WatchPorts, database: Database, sink: DocumentSink) {
    this.#ports = ports;
    this.#database = database;
    this.#sink = sink;
    this.#since_ms = ports.clock.now();
    this.#report();
    this.#ended = this.#run();
  }

  get state(): FeedState {
    return this.#state;
  }

  async stop(): Promise<void> {
    this.#stopping.abort(new Error('the dashboard stops'));
    await this.#ended;
  }

  async #run(): Promise<void> {
    const { signal } = this.#stopping;
    while (!signal.aborted) {
      try {
        await this.#follow(await this.#ports.turns.run(() => this.#readAll()));
      } catch (error) {
        if (signal.aborted) return;
        this.#lost(error);
        await this.#ports.clock.sleep(RETRY_MS, signal).catch(() => {});
      }
    }
  }

  /** Returns the sequence from which the feed goes on: that of before the reading. */
  async #readAll(): Promise<string> {
    const { updateSeq } = await this.#database.info();
    const sink = this.#sink;
    const gone = new Set(sink.ids());
    sink.reading?.(true);
    try {
      for await (const page of sink.read()) {
        this.#stopping.signal.throwIfAborted();
        for (const doc of page) {
          gone.delete(doc._id);
          this.#safely(doc._id, () => sink.put(doc));
        }
        this.#settle();
      }
      for (const id of gone) sink.remove(id);
    } finally {
      sink.reading?.(false);
      this.#settle();
    }
    return updateSeq;
  }

  /** Resolves after an outage, when the database answers again. */
  async #follow(since: string): Promise<void> {
    const { signal } = this.#stopping;
    // Where it was aborted while all was read nobody would tell of that any more.
    signal.throwIfAborted();
    let feed: Feed | undefined;
    let unlisten = () => {};
    const back = new Promise<void>((resolve) => {
      const onAbort = () => resolve();
      signal.addEventListener('abort', onAbort, { once: true });
      unlisten = () => signal.removeEventListener('abort', onAbort);
      feed = this.#database.follow({
        since,
        includeDocs: this.#sink.includeDocs ?? true,
        onChanges: (changes) => this.#take(changes),
        onState: (error) => {
          if (error) this.#lost(error);
          else resolve();
        },
      });
    });
    this.#wasThere = true;
    this.#enter('live', null);
    await back;
    // Each outage leaves one otherwise.
    unlisten();
    await feed?.stop();
  }

  #take(changes: readonly Change[]): void {
    const sink = this.#sink;
    for (const change of changes) {
      const { id, deleted, doc } = change;
      this.#safely(id, () => {
        if (deleted) sink.remove(id);
        else if (sink.change) sink.change(change);
        else if (doc) sink.put(doc);
      });
    }
    this.#settle();
  }

  /** A document that nobody foresaw must not end the feed. */
  #safely(id: string, work: () => void): void {
    try {
      work();
    } catch (error) {
      const fields = { database: this.#database.name, id, reason: describeError(error) };
      this.#ports.log.warn(fields, 'a document could not be read');
    }
  }

  #lost(cause: unknown): void {
    const { server } = this.#ports;
    const error = couchError(cause, `the database ${this.#database.name}`, server.address);
    const isMissing = error instanceof DatabaseRefusedError && error.status === 404;
    const state: FeedState = !isMissing ? 'lost' : this.#wasThere ? 'gone' : 'absent';
    if (this.#state !== state) {
      const fields = { database: this.#database.name, reason: describeError(error) };
      this.#ports.log.warn(fields, 'a database is lost from sight');
    }
    this.#enter(state, describeError(error));
    this.#sink.lost?.();
  }

  #enter(state: FeedState, error: string | null): void {
    if (state !== this.#state) this.#since_ms = this.#ports.clock.now();
    this.#state = state;
    this.#error = error;
    this.#report();
  }

  #settle(): void {
    this.#sink.settle?.();
    this.#report();
  }

  #report(): void {
    const summary: FeedSummary = {
      id: this.#database.name,
      state: this.#state,
      since_ms: this.#since_ms,
      error: this.#error,
      documents: this.#sink.size(),
    };
    this.#ports.model.put('feed', summary);
  }
}
