/** Rows of `_all_docs`, `_design_docs` and `_local_docs`, made as they are sent. */

import type { DocumentRow } from '../../store/documents/row.ts';
import { LOCAL } from '../../store/local-documents.ts';
import type { SqliteDatabase } from '../../store/sqlite-database.ts';
import { takeRows } from '../../store/take-rows.ts';
import type { ListingQuery } from './listing-query.ts';

/** Ids from `from` on and before `to`: those of design documents, say. */
export interface Bounds {
  readonly from: string;
  readonly to: string;
}

const PAGE = 200;
/** Rows before the first one are counted up to here; beyond, `offset` is null. */
const OFFSET_LIMIT = 10_000;
const MAX_TEXT = '\u{10ffff}';

/** The text of a listing, of all documents or of those between two bounds. */
export function* listing(
  database: SqliteDatabase,
  query: ListingQuery,
  bounds?: Bounds,
): Generator<string> {
  const { keys } = query;
  const count = bounds ? countWithin(database, bounds) : database.documentCount;
  const offset = keys ? null : offsetOf(database, query, count, bounds);
  const seq = keys ? null : JSON.stringify(database.updateSeq());
  yield `{"total_rows":${count},"offset":${offset},`;
  yield query.updateSeq ? `"update_seq":${seq},"rows":[` : '"rows":[';
  if (keys) yield* keyRows(database, query, bounds ? keysWithin(keys, bounds) : keys);
  else yield* rangeRows(database, query, bounds ?? { from: '', to: MAX_TEXT });
  yield ']}';
}

const keysWithin = (keys: readonly unknown[], { from, to }: Bounds): readonly unknown[] =>
  keys.filter((key) => typeof key === 'string' && key >= from && key < to);

function countWithin(database: SqliteDatabase, { from, to }: Bounds): number {
  const sql = 'SELECT count(*) AS n FROM docs WHERE id >= ? AND id < ? AND deleted = 0';
  return database.connection.sql(sql).get(from, to)?.n as number;
}

function* rangeRows(
  database: SqliteDatabase,
  query: ListingQuery,
  bounds: Bounds,
): Generator<string> {
  const { descending, lowInclusive, highInclusive, limit } = query;
  const columns = query.includeDocs ? 'seq, id, rev, deleted, atts, tree, body' : 'id, rev';
  const order = descending ? 'DESC' : 'ASC';
  const [above, below] = [lowInclusive ? '>=' : '>', highInclusive ? '<=' : '<'];
  const sql = `SELECT ${columns} FROM docs WHERE id ${above} ? AND id ${below} ?
    AND id >= ? AND id < ? AND id ${descending ? '<' : '>'} ? AND deleted = 0
    ORDER BY id ${order} LIMIT ? OFFSET ?`;
  let place = descending ? `${MAX_TEXT}${MAX_TEXT}` : '';
  let left = limit;
  let skip = query.skip;
  let separator = '';
  while (left > 0) {
    const size = Math.min(PAGE, left);
    const range = [
      query.low ?? '',
      query.high ?? MAX_TEXT,
      bounds.from,
      bounds.to,
      place,
    ] as const;
    const found = database.connection.sql(sql).iterate(...range, size, skip);
    const { rows, end } = takeRows<DocumentRow>(found, size);
    for (const row of rows) {
      yield separator + rowText(database, row, query);
      separator = ',';
    }
    left -= rows.length;
    skip = 0;
    if (end) return;
    place = rows.at(-1)?.id as string;
  }
}

function* keyRows(
  database: SqliteDatabase,
  query: ListingQuery,
  keys: readonly unknown[],
): Generator<string> {
  const wanted = query.descending ? keys.toReversed() : keys;
  let separator = '';
  for (const key of wanted.slice(query.skip, query.skip + query.limit)) {
    const row = typeof key === 'string' ? database.reader.row(key) : undefined;
    const local = row || typeof key !== 'string' ? undefined : localRow(database, key, query);
    if (local) yield separator + local;
    else if (!row) yield `${separator}{"key":${JSON.stringify(key)},"error":"not_found"}`;
    else if (!row.deleted) yield separator + rowText(database, row, query);
    else {
      const id = JSON.stringify(row.id);
      const doc = query.includeDocs ? ',"doc":null' : '';
      yield `${separator}{"id":${id},"key":${id},"value":{"rev":"${row.rev}","deleted":true}${doc}}`;
    }
    separator = ',';
  }
}

/** A `_local` document asked for by name is shown among the others. */
function localRow(
  database: SqliteDatabase,
  key: string,
  { includeDocs }: ListingQuery,
): string | undefined {
  const found = key.startsWith(LOCAL) ? database.getLocal(key) : undefined;
  if (!found) return undefined;
  const doc = includeDocs ? { doc: found } : {};
  return JSON.stringify({ id: key, key, value: { rev: found._rev }, ...doc });
}

function rowText(database: SqliteDatabase, row: DocumentRow, query: ListingQuery): string {
  const id = JSON.stringify(row.id);
  const head = `{"id":${id},"key":${id},"value":{"rev":"${row.rev}"}`;
  if (!query.includeDocs) return `${head}}`;
  const { conflicts, attachments, encodingInfo } = query;
  const { text: doc } = database.reader.text(row, row, { conflicts, attachments, encodingInfo });
  return `${head},"doc":${doc}}`;
}

/** How many rows of the whole listing come before the first one of this range. */
function offsetOf(
  database: SqliteDatabase,
  query: ListingQuery,
  count: number,
  bounds: Bounds | undefined,
): number | null {
  const { descending, low, high, skip } = query;
  const edge = descending ? earlier(high, bounds?.to) : later(low, bounds?.from);
  const before = edge === undefined ? 0 : countBefore(database, edge, descending);
  if (before === null) return null;
  return Math.min(before + skip, count);
}

const earlier = (a: string | undefined, b: string | undefined): string | undefined =>
  a === undefined || (b !== undefined && b < a) ? b : a;

const later = (a: string | undefined, b: string | undefined): string | undefined =>
  a === undefined || (b !== undefined && b > a) ? b : a;

function countBefore(database: SqliteDatabase, edge: string, descending: boolean): number | null {
  const side = descending ? '>' : '<';
  const sql = `SELECT count(*) AS n FROM (SELECT 1 FROM docs INDEXED BY docs_by_id
    WHERE id ${side} ? AND deleted = 0 LIMIT ${OFFSET_LIMIT})`;
  const counted = database.connection.sql(sql).get(edge)?.n as number;
  return counted < OFFSET_LIMIT ? counted : null;
}
