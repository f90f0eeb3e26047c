/** `_revs_diff`: which of the given revisions are not here, and what leaves could lead to them. */
import type { RevsDiff } from './database.ts';
import type { Reader } from './reader.ts';
import { generationOf, isKnown, leavesOf, parseRevision } from './rev-tree.ts';

export function revsDiff(reader: Reader, revs: { [id: string]: readonly string[] }): RevsDiff {
  const entries = Object.entries(revs).flatMap(([id, wanted]) => {
    const row = reader.row(id);
    for (const rev of wanted) parseRevision(rev);
    const missing = row ? wanted.filter((rev) => !isKnown(row, rev)) : [...wanted];
    if (missing.length === 0) return [];
    if (!row) return [[id, { missing }] as const];
    const newest = Math.max(...missing.map(generationOf));
    const leaves = leavesOf(row).map(({ rev }) => rev);
    const possible = leaves.filter((rev) => generationOf(rev) < newest);
    const diff = possible.length > 0 ? { missing, possible_ancestors: possible } : { missing };
    return [[id, diff] as const];
  });
  return Object.fromEntries(entries);
}
