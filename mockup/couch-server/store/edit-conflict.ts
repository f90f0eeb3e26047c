import type { Edit } from './documents/document.ts';
import { type History, leavesOf } from './documents/rev-tree.ts';

/** An edit extends a living leaf; one without a revision makes a document, or revives one. */
export function isConflict(
  edit: Edit,
  row: History | undefined,
  looksForParents: boolean,
): boolean {
  if (!row) return looksForParents && edit.rev !== undefined;
  if (edit.rev === undefined) return row.deleted === 0 || edit.deleted;
  if (edit.rev === row.rev && row.deleted === 0) return false;
  const leaf = leavesOf(row).find(({ rev }) => rev === edit.rev);
  return !leaf || leaf.deleted;
}
