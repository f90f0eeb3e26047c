// What is read of a database at the start: all of a small one; of a large one, which holds the history
// of years, only what was written last. Then a start costs the same however long the history is.

import type { Database, Document, Stored } from '../../../mockup/platform/couch/database.ts';

/** Rows that are kept of a database; a larger one is not read as a whole. */
export const KEPT_MAX = 5_000;
/** So many are read of a large one. */
const NEWEST = 1_000;
const PORTION = 16;

export type DocumentReader = (ids: readonly string[]) => Promise<Stored<Document>[]>;

export async function* newestDocuments(
  database: Database,
  total: number,
  all: () => AsyncIterable<Stored<Document>[]>,
  readSome: DocumentReader,
): AsyncGenerator<Stored<Document>[]> {
  if (total <= KEPT_MAX) {
    yield* all();
    return;
  }
  // The oldest of them first, as all others come.
  const ids = (await database.newestIds(NEWEST)).reverse();
  for (let at = 0; at < ids.length; at += PORTION) {
    yield await readSome(ids.slice(at, at + PORTION));
  }
}

/** Whole documents. */
export function readerOf(database: Database): DocumentReader {
  return async (ids) => {
    const found = await database.getMany<Document>(ids);
    return found.flatMap((one) => ('doc' in one ? [one.doc] : []));
  };
}
