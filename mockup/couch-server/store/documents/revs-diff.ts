/** `_revs_diff`: which of the given revisions are not here, and what leaves could lead to them. */
import type { RevsDiff } from '../database.ts';
import type { Reader } from '../reader.ts';
import { branchesOf, byGeneration, generationOf, leavesOf, parseRevision } from './rev-tree.ts';
import type { DocumentRow } from './row.ts';

export function revsDiff(reader: Reader, revs: { [id: string]: readonly string[] }): RevsDiff {
  const entries = Object.entries(revs).flatMap(([id, wanted]) => {
    const row = reader.row(id);
    for (const rev of wanted) parseRevision(rev);
    const missing = row ? unknownOf(row, wanted) : [...wanted];
    if (missing.length === 0) return [];
    if (!row) return [[id, { missing }] as const];
    const newest = missing.reduce((most, rev) => Math.max(most, generationOf(rev)), 0);
    const leaves = leavesOf(row).map(({ rev }) => rev);
    const possible = leaves.filter((rev) => generationOf(rev) < newest);
    const diff = possible.length > 0 ? { missing, possible_ancestors: possible } : { missing };
    return [[id, diff] as const];
  });
  return Object.fromEntries(entries);
}

/** The tree is read once, however many revisions are asked for. */
function unknownOf(row: DocumentRow, wanted: readonly string[]): string[] {
  if (wanted.length === 1 && wanted[0] === row.rev) return [];
  const known = new Set(
    branchesOf(row).flatMap(({ newest, hashes }) =>
      hashes.map((hash, place) => `${newest - place}-${hash}`),
    ),
  );
  return wanted.filter((rev) => !known.has(rev)).sort(byGeneration);
}
