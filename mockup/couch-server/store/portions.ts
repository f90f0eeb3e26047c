/** Each edit of a document with many leaves costs as much as it has: many of one are no single turn. */
import type { Edit } from './documents/document.ts';

const SAME_DOCUMENT_MAX = 50;

/** Portions in order, of which none has more than so many edits of one document. */
export function* inPortions(edits: readonly Edit[]): Generator<readonly Edit[]> {
  let from = 0;
  const counts = new Map<string, number>();
  for (const [index, { id }] of edits.entries()) {
    const count = (counts.get(id) ?? 0) + 1;
    counts.set(id, count);
    if (count <= SAME_DOCUMENT_MAX) continue;
    yield edits.slice(from, index);
    from = index;
    counts.clear();
    counts.set(id, 1);
  }
  yield edits.slice(from);
}
