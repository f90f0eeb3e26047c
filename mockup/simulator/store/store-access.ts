// What a database adapter needs of the server that it belongs to.

import type { DocumentStore } from './document-store.ts';

/** How a database learns of its store: the server may not have made it yet. */
export interface StoreAccess {
  /** Throws DatabaseRefusedError (404) where there is no such database. */
  require(): DocumentStore;
  /** Calls back once, when the database is there. */
  whenThere(callback: (store: DocumentStore) => void): () => void;
  /** Resolves when a changes feed may deliver what was just written. */
  soon(): Promise<void>;
  /** Calls back after a while; the returned function cancels that. */
  later(delay_ms: number, callback: () => void): () => void;
}
