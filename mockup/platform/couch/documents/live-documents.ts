// A selection of a database's documents, kept up to date by the changes feed. The feed is followed
// without a server-side filter: a filtered one does not tell that a document left the selection.
// Only what `select` makes of a document is kept, so that ten thousand of them take little room.

import type { IndexedQuery } from '../../../core/declared-query.ts';
import type { Database, Stored } from '../database.ts';
import { readThenFollow } from './read-then-follow.ts';

export interface LiveDocuments<V> {
  get(id: string): V | undefined;
  /** In the order in which they entered the selection. */
  values(): readonly V[];
  ids(): readonly string[];
  /**
   * Calls back with the ids of documents that entered, changed in or left the selection; the
   * returned function ends that.
   */
  onChange(callback: (ids: readonly string[]) => void): () => void;
  stop(): Promise<void>;
}

export interface LiveOptions<T, V> {
  /** Of the first read; together they must find every document that `select` keeps. */
  queries: readonly IndexedQuery[];
  /** Documents that are read first as well, where they are there. */
  ids?: readonly string[];
  /** What is kept of a document; undefined where it does not belong to the selection. */
  select(doc: Stored<T>): V | undefined;
  onState?(error: Error | undefined): void;
}

/** Resolves when the selection is complete; from then on it follows each change. */
export async function followDocuments<T, V>(
  database: Database,
  options: LiveOptions<T, V>,
): Promise<LiveDocuments<V>> {
  const kept = new Map<string, V>();
  const revisions = new Map<string, string>();
  const callbacks = new Set<(ids: readonly string[]) => void>();
  let inOrder: readonly V[] | undefined;

  const update = (id: string, doc: Stored<T> | undefined): boolean => {
    const value = doc && options.select(doc);
    revisions.delete(id);
    if (value === undefined || !doc) return kept.delete(id);
    kept.set(id, value);
    revisions.set(id, doc._rev);
    return true;
  };
  const take = (documents: readonly (readonly [id: string, doc: Stored<T> | undefined])[]) => {
    const changed = documents.filter(([id, doc]) => update(id, doc));
    if (changed.length === 0) return;
    inOrder = undefined;
    const ids = changed.map(([id]) => id);
    for (const callback of [...callbacks]) callback(ids);
  };
  const feed = await readThenFollow<T>(database, {
    queries: options.queries,
    ...(options.ids && { ids: options.ids }),
    ...(options.onState && { onState: options.onState }),
    isBusy: () => kept.size > 0,
    isKnown: ({ _id, _rev }) => revisions.get(_id) === _rev,
    onRead: (docs) => take(docs.map((doc) => [doc._id, doc] as const)),
    onChanges: (changes) =>
      take(
        changes.map(({ id, deleted, doc }) => [
          id,
          deleted ? undefined : (doc as Stored<T> | undefined),
        ]),
      ),
  });

  return {
    get: (id) => kept.get(id),
    values: () => (inOrder ??= [...kept.values()]),
    ids: () => [...kept.keys()],
    onChange: (callback) => {
      callbacks.add(callback);
      return () => void callbacks.delete(callback);
    },
    stop: () => {
      callbacks.clear();
      return feed.stop();
    },
  };
}
