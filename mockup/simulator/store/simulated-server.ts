// A CouchDB server in memory, behind the same port as a real one.

import type { Clock } from '../../platform/clock/clock.ts';
import type { Database, DatabaseServer } from '../../platform/couch/database.ts';
import { refused } from './document-body.ts';
import { DocumentStore } from './document-store.ts';
import { type ObservedStore, observedStore } from './observed-store.ts';
import { createSimulatedDatabase } from './simulated-database.ts';
import type { StoreAccess } from './store-access.ts';

export interface SimulatedServerOptions {
  clock: Clock;
  /** For logs: `sim://JAO`. */
  address?: string;
  /** How long a write takes to reach the changes feeds; 0: no time passes. */
  feedLatency_ms?: number;
  /** Readers share what they read, which is frozen, instead of each having its own copy. */
  sharedReads?: boolean | undefined;
}

export interface SimulatedServer extends DatabaseServer {
  /** The data itself, for replication and for who looks at it from outside of the world. */
  store(name: string): DocumentStore;
  observe(name: string): ObservedStore;
}

export function createSimulatedServer(options: SimulatedServerOptions): SimulatedServer {
  const { clock, address = 'sim://localhost', feedLatency_ms = 0, sharedReads } = options;
  const stores = new Map<string, DocumentStore>();
  const waiting = new Set<() => void>();

  const require = (name: string): DocumentStore => {
    const store = stores.get(name);
    if (!store) throw refused(404, `no database ${name} at ${address}`);
    return store;
  };
  const accessTo = (name: string): StoreAccess => ({
    require: () => require(name),
    whenThere(callback) {
      const attempt = (): void => {
        const store = stores.get(name);
        if (!store) return;
        waiting.delete(attempt);
        callback(store);
      };
      waiting.add(attempt);
      attempt();
      return () => waiting.delete(attempt);
    },
    soon: async () => {
      if (feedLatency_ms > 0) await clock.sleep(feedLatency_ms);
    },
    later: (delay_ms, callback) => clock.timer(delay_ms, callback),
  });

  return {
    address,
    store: require,
    observe: (name) => observedStore(require(name)),
    open: (name): Database => createSimulatedDatabase(name, accessTo(name)),
    async create(name) {
      if (!/^_?[a-z][a-z0-9_$()+/-]*$/.test(name)) throw refused(400, `bad name: ${name}`);
      if (stores.has(name)) return 'exists';
      stores.set(name, new DocumentStore(name, sharedReads));
      for (const attempt of [...waiting]) attempt();
      return 'created';
    },
    async remove(name) {
      require(name);
      stores.delete(name);
    },
    async names() {
      return [...stores.keys()].sort();
    },
    async check() {},
  };
}
