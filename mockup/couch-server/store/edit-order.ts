import type { Edit } from './documents/document.ts';

/** Places of the edits in the order of ids (by bytes); edits of one id stay in their order. */
export function inOrderOfIds(edits: readonly Edit[]): number[] {
  const places = edits.map((_, place) => place);
  let sorted = true;
  for (let n = 1; n < edits.length && sorted; n++) {
    sorted = (edits[n - 1] as Edit).id <= (edits[n] as Edit).id;
  }
  if (sorted) return places;
  const keys = edits.map(({ id }) => Buffer.from(id));
  return places.sort((a, b) => Buffer.compare(keys[a] as Buffer, keys[b] as Buffer) || a - b);
}
