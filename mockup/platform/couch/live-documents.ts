// A selection of a database's documents, kept up to date by the changes feed. The feed is followed
// without a server-side filter: a filtered one does not tell that a document left the selection.
// Only what `select` makes of a document is kept, so that ten thousand of them take little room.

import type { IndexedQuery } from '../../core/declared-query.ts';
import type { Database, Document, Feed, Stored } from './database.ts';

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
  const callbacks = new Set<(ids: readonly string[]) => void>();
  let inOrder: readonly V[] | undefined;

  const update = (id: string, doc: Stored<T> | undefined): boolean => {
    const value = doc && options.select(doc);
    if (value === undefined) return kept.delete(id);
    kept.set(id, value);
    return true;
  };
  const feed = await start(database, options, update, (ids) => {
    inOrder = undefined;
    for (const callback of [...callbacks]) callback(ids);
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

// The sequence is read before the documents: what changes in between comes again in the feed.
async function start<T, V>(
  database: Database,
  options: LiveOptions<T, V>,
  update: (id: string, doc: Stored<T> | undefined) => boolean,
  tell: (ids: readonly string[]) => void,
): Promise<Feed> {
  const { updateSeq } = await database.info();
  for (const query of options.queries) {
    const docs = await database.find<T & Document>(query);
    for (const doc of docs) update(doc._id, doc);
  }
  for (const found of await database.getMany<T & Document>(options.ids ?? [])) {
    if ('doc' in found) update(found.doc._id, found.doc);
  }
  return database.follow({
    since: updateSeq,
    includeDocs: true,
    ...(options.onState && { onState: options.onState }),
    onChanges: (changes) => {
      const changed = changes.filter(({ id, deleted, doc }) =>
        update(id, deleted ? undefined : (doc as Stored<T> | undefined)),
      );
      if (changed.length > 0) tell(changed.map(({ id }) => id));
    },
  });
}
