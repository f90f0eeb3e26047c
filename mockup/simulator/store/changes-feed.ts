// Following the changes of one database: each document once, at its latest write, in the order of
// the writes; never another call before the last one is done with.

import type { Change, Feed, FollowOptions } from '../../platform/couch/database.ts';
import { refused } from './document-body.ts';
import {
  bodyOf,
  type DocumentStore,
  freshBodyOf,
  isDeleted,
  type StoredDocument,
} from './document-store.ts';
import { compileSelector } from './selector.ts';
import { type StoreAccess, sequence } from './simulated-database.ts';

/** Changes given in one call at most. */
const BATCH = 100;

export function followChanges(access: StoreAccess, options: FollowOptions): Feed {
  const wanted = filterOf(options);
  let place = 0;
  let stopped = false;
  let pending = false;
  let delivering = Promise.resolve();
  let release = (): void => {};

  const deliver = async (store: DocumentStore): Promise<void> => {
    for (;;) {
      const documents = store.changesAfter(place, BATCH);
      place = documents.at(-1)?.seq ?? place;
      if (documents.length === 0 || stopped) return;
      const changes = documents.filter(wanted).map((one) => changeOf(one, options.includeDocs));
      if (changes.length > 0) await options.onChanges(changes);
    }
  };
  const wake = (store: DocumentStore): void => {
    if (pending || stopped) return;
    pending = true;
    access.soon(() => {
      // A write that comes while a delivery goes on is found by its next look.
      delivering = delivering.then(() => {
        pending = false;
        return deliver(store);
      });
    });
  };
  const open = (store: DocumentStore): void => {
    place = placeOf(store, options.since);
    release = store.onWrite(() => wake(store));
    wake(store);
  };

  release = access.whenThere(open);
  return {
    async stop() {
      // Not waiting for a call in progress: it may be the one that stops the feed.
      stopped = true;
      release();
    },
  };
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

function changeOf(document: StoredDocument, includeDocs: boolean | undefined): Change {
  const rev = document.leaves[0]?.rev as string;
  const deleted = isDeleted(document);
  const change: Change = { id: document.id, seq: sequence(document.seq), deleted, rev };
  if (!includeDocs) return change;
  const doc = deleted ? { _id: document.id, _rev: rev } : freshBodyOf(document);
  return { ...change, doc: { ...doc, _rev: rev } };
}
