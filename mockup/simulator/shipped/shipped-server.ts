// The embedded server as it ships, in the simulated world: its own store (SQLite in memory) and its
// replicator, on the world's clock. Only HTTP between it and its clients is left out. It can be away,
// and come back with what was durable alone.

import { CouchError } from '../../couch-server/couch-error.ts';
import type { ServerExtension } from '../../couch-server/extension.ts';
import { createReplicator } from '../../couch-server/replicator/create-replicator.ts';
import type { PeerFactory } from '../../couch-server/replicator/peers/peer-factory.ts';
import { DirectoryStore } from '../../couch-server/store/directory-store.ts';
import type { SqliteDatabase } from '../../couch-server/store/sqlite-database.ts';
import type { Turns } from '../../couch-server/store/turns.ts';
import type { Clock } from '../../platform/clock/clock.ts';
import type { Random } from '../../platform/random/random.ts';
import type { ObservedStore } from '../store/observed-store.ts';
import { observedDatabase } from './observed-database.ts';

/** Until what was written is on the disk. */
const COMMIT_MS = 1;
const CHECKPOINT_MS = 5_000;

export interface ShippedServerOptions {
  clock: Clock;
  random: Random;
  /** Such as `http://eu:5984`. */
  url: string;
  /** How its replicator reaches the ends of a replication. */
  peers: PeerFactory;
}

/** A store from its opening until the server goes away. */
interface Life {
  store: DirectoryStore;
  replicator: Promise<ServerExtension>;
  /** Aborted when the server goes away. */
  ended: AbortController;
}

export class ShippedServer {
  readonly url: string;
  readonly #options: ShippedServerOptions;
  readonly #listeners = new Map<string, Set<() => void>>();
  #life: Life | undefined;
  #last: DirectoryStore;

  constructor(options: ShippedServerOptions) {
    this.url = options.url;
    this.#options = options;
    this.#life = this.#open();
    this.#last = this.#life.store;
  }

  get isUp(): boolean {
    return this.#life !== undefined;
  }

  /** Aborted when the server, as it is now, goes away. */
  get ended(): AbortSignal {
    return this.#life?.ended.signal ?? AbortSignal.abort(connectionLost());
  }

  /** The store for who comes over the network. Throws where the server is away. */
  get store(): DirectoryStore {
    if (!this.#life) throw connectionRefused();
    return this.#life.store;
  }

  /** Throws what a client is answered where there is no such database. */
  database(name: string): SqliteDatabase {
    const database = this.store.database(name);
    if (database) return database;
    throw { statusCode: 404, error: 'not_found', reason: 'Database does not exist.' };
  }

  /** One request; rejects as a client sees it, also where the server goes away meanwhile. */
  async request<T>(work: () => T | Promise<T>): Promise<T> {
    const { ended } = this;
    if (ended.aborted) throw connectionRefused();
    try {
      return await unless(ended, work());
    } catch (error) {
      if (!(error instanceof CouchError)) throw error;
      const { status: statusCode, error: word, reason } = error;
      throw { statusCode, error: word, reason, message: reason };
    }
  }

  /** As `kill -9` of the server: what was not committed is gone. */
  crash(): void {
    const life = this.#life;
    if (!life) return;
    this.#life = undefined;
    life.ended.abort(connectionLost());
    void life.replicator.then((replicator) => replicator.stop()).catch(() => {});
  }

  /** Begins again with what was durable. */
  restart(): void {
    if (this.#life) return;
    const images = new Map<string, Uint8Array>();
    for (const name of this.#last.databaseNames()) {
      const { sqlite } = this.#last.database(name)?.connection ?? {};
      if (sqlite) images.set(name, (sqlite as unknown as Serializable).serialize());
    }
    this.#life = this.#open(images);
    this.#last = this.#life.store;
  }

  observe(name: string): ObservedStore {
    const listeners = this.#listeners.get(name) ?? new Set();
    this.#listeners.set(name, listeners);
    // What the disk holds is there also while the server is away.
    const database = () => this.#last.database(name) as SqliteDatabase;
    return observedDatabase(database, listeners);
  }

  #open(images?: ReadonlyMap<string, Uint8Array>): Life {
    const { clock, random, url, peers } = this.#options;
    const ended = new AbortController();
    const turns: Turns = {
      // What was to be written when the server went away is not.
      after: (run) => clock.timer(COMMIT_MS, () => ended.signal.aborted || run()),
      now: () => 0,
      next: () => Promise.resolve(),
    };
    const store = new DirectoryStore({ turns, images });
    store.onDatabaseEvent(({ type, database }) => {
      if (type !== 'updated' || ended.signal.aborted) return;
      for (const listener of [...(this.#listeners.get(database) ?? [])]) listener();
    });
    const context = { store, url, isServerAdmin: async () => true };
    const options = { clock, peers, random: () => random.next() };
    const replicator = createReplicator(context, {
      ...options,
      checkpointInterval_ms: CHECKPOINT_MS,
    });
    return { store, replicator, ended };
  }
}

/** Node's types do not know it yet. */
interface Serializable {
  serialize(): Uint8Array;
}

export function connectionRefused(): Error {
  return Object.assign(new Error('connect ECONNREFUSED'), { code: 'ECONNREFUSED' });
}

function connectionLost(): Error {
  return Object.assign(new Error('socket hang up'), { code: 'ECONNRESET' });
}

/** Settles as `work`, or rejects with the signal's reason where that comes first. */
async function unless<T>(signal: AbortSignal, work: T | Promise<T>): Promise<T> {
  if (!(work instanceof Promise)) return work;
  return new Promise((resolve, reject) => {
    const onAbort = (): void => reject(signal.reason);
    signal.addEventListener('abort', onAbort, { once: true });
    void work.then(resolve, reject).finally(() => signal.removeEventListener('abort', onAbort));
  });
}
