/** Pages of rows are bounded by what their bodies weigh as well: a document may have 8 MB. */

/** Characters of bodies after which a page ends. */
const PAGE_SIZE = 4_000_000;

export interface Page<T> {
  readonly rows: T[];
  /** True where there are no more rows after these. */
  readonly end: boolean;
}

/** Takes rows of a statement that gives at most `limit`. */
export function takeRows<T extends { readonly body?: string }>(
  rows: Iterable<unknown>,
  limit: number,
): Page<T> {
  const taken: T[] = [];
  let size = 0;
  for (const row of rows) {
    taken.push(row as T);
    size += (row as T).body?.length ?? 0;
    if (size > PAGE_SIZE) return { rows: taken, end: false };
  }
  return { rows: taken, end: taken.length < limit };
}
