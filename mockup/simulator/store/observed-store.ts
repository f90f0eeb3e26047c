// A database of the simulated world as those see it who look at it from outside: the checkers, the
// persons who look after things, and whoever tells the story. Looking costs no time.

import type { DocumentBody } from './document-body.ts';
import { bodyOf, type DocumentStore, isDeleted } from './document-store.ts';

type Body = Readonly<DocumentBody>;

export interface ObservedStore {
  /** Grows with each write. */
  readonly lastSeq: number;
  /** Winning revisions of all documents that are not deleted, by id; not to be changed. */
  bodies(): Body[];
  /** Of those written after `seq`, in the order of the writes. */
  bodiesAfter(seq: number): Body[];
  /** Called after each write; the returned function ends that. */
  onWrite(listener: () => void): () => void;
}

export function observedStore(store: DocumentStore): ObservedStore {
  return {
    get lastSeq() {
      return store.lastSeq;
    },
    bodies: () => [...store.documents()].filter((one) => !isDeleted(one)).map(bodyOf),
    bodiesAfter: (seq) =>
      store
        .changesAfter(seq, Number.POSITIVE_INFINITY)
        .filter((one) => !isDeleted(one))
        .map(bodyOf),
    onWrite: (listener) => store.onWrite(listener),
  };
}
