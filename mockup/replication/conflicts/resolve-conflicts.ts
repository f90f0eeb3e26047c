// Ends conflicts: by the rule, or as a person decides. The revisions that do not count are deleted
// at this site; they stay readable until the database is compacted.

import { AppError } from '../../core/errors.ts';
import { couchRequest } from '../couch-request.ts';
import type { ReplicatedSite } from '../plan.ts';
import { type Judgement, judge } from './conflict-rule.ts';
import { type Conflict, readLeaves } from './find-conflicts.ts';

export interface JudgedConflict {
  conflict: Conflict;
  judgement: Judgement;
}

/** What the rule says of each. `jao`: undefined where JAO is not known here. */
export async function judgeConflicts(
  conflicts: readonly Conflict[],
  jao: ReplicatedSite | undefined,
): Promise<JudgedConflict[]> {
  const judged: JudgedConflict[] = [];
  for (const conflict of conflicts) {
    const { database, id } = conflict;
    const leaves = jao && (await readLeaves(jao, database, id).catch(() => undefined));
    judged.push({
      conflict,
      judgement: judge(
        conflict,
        leaves?.map(({ _rev }) => _rev),
      ),
    });
  }
  return judged;
}

/**
 * Keeps one leaf (with the fields of `merged` in it) and deletes the others. Throws AppError
 * `conflict_changed` where the document was written meanwhile: look again.
 */
export async function settle(
  site: ReplicatedSite,
  { database, id, leaves }: Conflict,
  keep: string,
  merged?: Record<string, unknown>,
): Promise<void> {
  const kept = leaves.find(({ _rev }) => _rev === keep);
  if (!kept) {
    const known = leaves.map(({ _rev }) => _rev).join(', ');
    throw new AppError('no_such_revision', `${database}/${id} has no revision ${keep}`, {
      hint: `one of ${known}`,
    });
  }
  const deleted = leaves
    .filter((leaf) => leaf !== kept)
    .map(({ _rev }) => ({ _id: id, _rev, _deleted: true }));
  const write = async (docs: readonly object[]): Promise<void> => {
    const request = { method: 'POST', body: { docs } } as const;
    const { body } = await couchRequest(site, `/${database}/_bulk_docs`, request);
    const failed = (body as { error?: string }[]).find(({ error }) => error !== undefined);
    if (!failed) return;
    throw new AppError('conflict_changed', `${database}/${id} was written meanwhile`, {
      hint: 'list the conflicts again',
      retriable: true,
    });
  };
  // What the others have to give is safe before they go: in one request each would go by itself.
  if (merged) await write([{ ...kept, ...merged }]);
  await write(deleted);
}
