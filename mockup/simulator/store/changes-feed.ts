// Following the changes of one database: each document once, at its latest write, in the order of
// the writes; never another call before the last one is done with.

import type { Change, Feed, FollowOptions } from '../../platform/couch/database.ts';
import { refused } from './document-body.ts';
import {
  bodyOf,
  type DocumentStore,
  isDeleted,
  type StoredDocument,
  withConflicts,
} from './document-store.ts';
import { compileSelector } from './selector.ts';
import type { StoreAccess } from './store-access.ts';

/** Changes given in one call at most. */
const BATCH = 100;
/** After a call that failed the same changes come again. */
const RETRY_MS = 1000;

export function followChanges(access: StoreAccess, options: FollowOptions): Feed {
  const wanted = filterOf(options);
  let place = 0;
  let stopped = false;
  let release = (): void => {};
  /** The delivery in progress or about to begin, and a look after it, where there is one. */
  let delivering: Promise<void> | undefined;

  const deliver = async (store: DocumentStore): Promise<void> => {
    for (;;) {
      const documents = store.changesAfter(place, BATCH);
      const last = documents.at(-1);
      if (!last || stopped) return;
      const changes = documents.filter(wanted).map((one) => changeOf(one, options));
      if (changes.length > 0) await options.onChanges(changes);
      place = last.seq;
    }
  };
  const wake = (store: DocumentStore): void => {
    if (delivering || stopped) return;
    delivering = access
      .soon()
      .then(() => deliver(store))
      .then(
        () => next(store),
        (error: Error) => retry(store, error),
      );
  };
  /** A write may have come between the last look and now. */
  const next = (store: DocumentStore): void => {
    delivering = undefined;
    if (place < store.lastSeq) wake(store);
  };
  const retry = (store: DocumentStore, error: Error): void => {
    options.onState?.(error);
    release();
    release = access.later(RETRY_MS, () => {
      options.onState?.(undefined);
      listen(store);
      next(store);
    });
  };
  const listen = (store: DocumentStore): void => {
    release = store.onWrite((written) => {
      // What the filter leaves out need not wake anybody.
      if (!delivering && place === written.seq - 1 && !wanted(written)) place = written.seq;
      else wake(store);
    });
  };
  const open = (store: DocumentStore): void => {
    place = placeOf(store, options.since);
    listen(store);
    wake(store);
  };

  const cancelOpening = access.whenThere(open);
  return {
    async stop() {
      stopped = true;
      cancelOpening();
      release();
      await delivering;
    },
  };
}

/** A sequence as clients see it: a text that only the server reads. */
export function sequence(seq: number): string {
  return `${seq}-sim`;
}

function filterOf({ selector, ids }: FollowOptions): (document: StoredDocument) => boolean {
  const matches = selector ? compileSelector(selector) : () => true;
  const among = ids ? new Set(ids) : undefined;
  return (document) => (!among || among.has(document.id)) && matches(bodyOf(document));
}

function placeOf(store: DocumentStore, since: string): number {
  if (since === 'now') return store.lastSeq;
  const match = /^(\d+)(?:-|$)/.exec(since);
  if (!match) throw refused(400, `not a sequence: ${since}`);
  return Number(match[1]);
}

function changeOf(
  document: StoredDocument,
  { includeDocs, conflicts }: Pick<FollowOptions, 'includeDocs' | 'conflicts'>,
): Change {
  const rev = document.leaves[0]?.rev as string;
  const deleted = isDeleted(document);
  const change: Change = { id: document.id, seq: sequence(document.seq), deleted, rev };
  if (!includeDocs) return change;
  const doc = deleted ? { _id: document.id, _rev: rev } : withConflicts(document, conflicts);
  return { ...change, doc: { ...doc, _rev: rev } };
}
