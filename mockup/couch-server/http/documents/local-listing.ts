/** Rows of `_local_docs`, made as they are sent: as `_all_docs` gives them, but without counts. */
import { LOCAL } from '../../store/local-documents.ts';
import type { SqliteDatabase } from '../../store/sqlite-database.ts';
import type { ListingQuery } from './listing-query.ts';

const PAGE = 200;

export function* localListing(database: SqliteDatabase, query: ListingQuery): Generator<string> {
  yield `{"total_rows":null,"offset":null,${query.updateSeq ? '"update_seq":null,' : ''}"rows":[`;
  let separator = '';
  for (const row of query.keys ? keyRows(database, query) : rangeRows(database, query)) {
    yield separator + JSON.stringify(row);
    separator = ',';
  }
  yield ']}';
}

function* rangeRows(database: SqliteDatabase, query: ListingQuery): Generator<object> {
  const { descending } = query;
  const range = {
    ...{ low: query.low ?? '', lowInclusive: query.lowInclusive, descending },
    ...{ high: query.high ?? '\u{10ffff}', highInclusive: query.highInclusive },
  };
  let { skip, limit: left } = query;
  let place: string | undefined;
  while (left > 0) {
    const size = Math.min(PAGE, left);
    const page = database.local.list({ ...range, place, limit: size, skip });
    for (const { id, rev } of page) yield rowOf(database, id, rev, query);
    if (page.length < size) return;
    left -= page.length;
    skip = 0;
    place = page.at(-1)?.id;
  }
}

function* keyRows(database: SqliteDatabase, query: ListingQuery): Generator<object> {
  const keys = query.keys ?? [];
  const wanted = query.descending ? keys.toReversed() : keys;
  for (const key of wanted.slice(query.skip, query.skip + query.limit)) {
    if (typeof key !== 'string' || !key.startsWith(LOCAL)) continue;
    const rev = database.local.revision(key);
    yield rev === undefined ? { key, error: 'not_found' } : rowOf(database, key, rev, query);
  }
}

function rowOf(
  database: SqliteDatabase,
  id: string,
  rev: string,
  { includeDocs }: ListingQuery,
): object {
  const doc = includeDocs ? { doc: database.getLocal(id) } : {};
  return { id, key: id, value: { rev }, ...doc };
}
