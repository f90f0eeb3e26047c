// Which of several leaves of a document wins: the same everywhere, whoever looks.

import type { LeafRevision, Stored } from '../database.ts';

export function generationOf(rev: string): number {
  return Number.parseInt(rev, 10);
}

/** The winner first: living ones, then the later generation, then the higher hash. */
export function compareLeaves(
  a: { rev: string; deleted: boolean },
  b: { rev: string; deleted: boolean },
): number {
  if (a.deleted !== b.deleted) return a.deleted ? 1 : -1;
  const generations = generationOf(b.rev) - generationOf(a.rev);
  if (generations !== 0) return generations;
  return hashOf(a.rev) < hashOf(b.rev) ? 1 : -1;
}

export function hashOf(rev: string): string {
  return rev.slice(rev.indexOf('-') + 1);
}

/** One document of the answer to `_bulk_get` without revisions. */
export interface BulkGetResult<T> {
  docs: (
    | { ok: Stored<T> & { _deleted?: boolean; _revisions?: { start: number; ids: string[] } } }
    | { error: unknown }
  )[];
}

/** The leaves, the winner first. */
export function leavesOf<T>(docs: BulkGetResult<T>['docs']): LeafRevision<T>[] {
  return docs
    .flatMap((one) => ('ok' in one ? [one.ok] : []))
    .map(({ _revisions, ...fields }) => {
      const doc = fields as unknown as Stored<T> & { _deleted?: boolean };
      const { start, ids } = _revisions ?? { start: generationOf(doc._rev), ids: [] };
      const history = ids.map((hash, index) => `${start - index}-${hash}`);
      return { rev: doc._rev, deleted: doc._deleted === true, history, doc };
    })
    .sort(compareLeaves);
}
