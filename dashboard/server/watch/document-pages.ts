// All documents of a database in portions, so that reading a large one neither needs much memory
// nor holds anybody up. (Pages of `_find` can't be cut by id: its comparison of texts is another one
// than the order of ids.)

import { setImmediate } from 'node:timers/promises';
import type { IndexedQuery } from '../../../mockup/core/declared-query.ts';
import type { Database, Document, Stored } from '../../../mockup/platform/couch/database.ts';
import { PageSize } from '../../../mockup/platform/couch/feeds/page-size.ts';

const PORTION = 100;
const AT_A_TIME = 8;

/** Whole documents, in the order of their ids. */
export async function* documentPages(database: Database): AsyncGenerator<Stored<Document>[]> {
  let last: string | undefined;
  const size = new PageSize();
  for (;;) {
    // The one that it begins after is in it.
    const limit = size.next(Number.MAX_SAFE_INTEGER) + 1;
    const options = { limit, ...(last !== undefined && { startKey: last }) };
    const page: Stored<Document>[] = await database.allDocs<Document>(options);
    yield* portions(page[0]?._id === last ? page.slice(1) : page);
    last = page.at(-1)?._id;
    if (page.length < limit) return;
    size.learn(page);
  }
}

/** Only some fields of each document. */
export async function* documentFields(
  database: Database,
  fields: readonly string[],
): AsyncGenerator<Stored<Document>[]> {
  yield* portions(
    await database.find<Document>({ selector: { _id: { $gt: null } }, fields: [...fields] }),
  );
}

/** Fields of these documents, which may be large: only a query leaves the rest out. */
export async function onePerQuery(
  database: Database,
  ids: readonly string[],
  query: (id: string) => IndexedQuery,
): Promise<Stored<Document>[]> {
  const found: Stored<Document>[] = [];
  for (let at = 0; at < ids.length; at += AT_A_TIME) {
    const some = ids.slice(at, at + AT_A_TIME);
    found.push(
      ...(await Promise.all(some.map((id) => database.find<Document>(query(id))))).flat(),
    );
  }
  return found;
}

async function* portions<T>(all: readonly T[]): AsyncGenerator<T[]> {
  for (let at = 0; at < all.length; at += PORTION) {
    if (at > 0) await setImmediate();
    yield all.slice(at, at + PORTION);
  }
}
