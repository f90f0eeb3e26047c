// Read what is there, then follow what changes, without a gap. The sequence is taken before the
// read: what changes in between comes again. On a cluster the read and the feed may come from copies
// of which one lags behind the sequence; there, what was read is read again once the copies must
// have caught up, and what is new is confirmed by a majority.

import type { Database, Feed, FollowOptions, Query, Stored, TakePage } from '../database.ts';

export interface ReadThenFollowOptions<T>
  extends Pick<FollowOptions, 'onChanges' | 'onState' | 'isBusy'> {
  /** Of the first read; a document may match several. */
  queries: readonly Query[];
  /** Documents that are read first as well, where they are there. */
  ids?: readonly string[];
  /** Selector of the feed. Without it all changes come, also of documents that match no more. */
  filter?: Record<string, unknown>;
  /** Where documents have other living leaves, on a cluster: they are named in `_conflicts`. */
  conflicts?: true;
  /**
   * Documents of the first read, and of later ones what was missed, a bounded page at a time; the
   * next one is read when this was taken.
   */
  onRead(docs: readonly Stored<T>[]): void | Promise<void>;
  /** True for a document of a later read that is known already, in this revision or a later one. */
  isKnown(doc: Stored<T>): boolean;
}

/** Resolves when the first read is complete; from then on it follows each change. */
export async function readThenFollow<T>(
  database: Database,
  options: ReadThenFollowOptions<T>,
): Promise<Feed> {
  const { queries, ids = [], filter, onRead, isKnown, onState, isBusy } = options;
  const { updateSeq, copies } = await database.info();
  const conflicts = options.conflicts === true && copies > 1;

  const readAll = async (take: TakePage<T>): Promise<void> => {
    for (const query of queries) {
      await database.findInPages<T>(conflicts ? { ...query, conflicts } : query, take);
    }
    const named = await database.getMany<T>(ids);
    const found = named.flatMap((lookup) => ('doc' in lookup ? [lookup.doc] : []));
    if (found.length > 0) await take(found);
  };
  let rereading = false;
  const readAgain = async (): Promise<void> => {
    if (rereading) return;
    rereading = true;
    try {
      await readAll(async (docs) => {
        const missed = docs.filter((doc) => !isKnown(doc));
        if (missed.length > 0) await onRead(await confirmed<T>(database, missed));
      });
    } catch {
      // The feed tells of an outage, and there is a later look.
    } finally {
      rereading = false;
    }
  };

  await readAll(onRead);
  return database.follow({
    since: updateSeq,
    includeDocs: true,
    ...(conflicts && { conflicts }),
    ...(filter && { selector: filter }),
    ...(onState && { onState }),
    ...(isBusy && { isBusy }),
    onDoubt: () => void readAgain(),
    onChanges: options.onChanges,
  });
}

/** As a majority has them; one that is gone is left out. */
async function confirmed<T>(
  database: Database,
  found: readonly Stored<T>[],
): Promise<Stored<T>[]> {
  const all = await database.leaves<T>(found.map(({ _id }) => _id));
  return all.flatMap((leaves) => {
    const [winner, ...others] = leaves.filter(({ deleted }) => !deleted);
    if (!winner) return [];
    const conflicts = others.map(({ rev }) => rev);
    return [conflicts.length > 0 ? { ...winner.doc, _conflicts: conflicts } : winner.doc];
  });
}
