/** Rows of `_all_docs`, `_design_docs` and `_local_docs`, made as they are sent. */
import { badRequest, CouchError } from '../couch-error.ts';
import type { JsonObject } from '../store/database.ts';
import type { DocumentRow } from '../store/row.ts';
import type { SqliteDatabase } from '../store/sqlite-database.ts';
import { takeRows } from '../store/take-rows.ts';
import { count, flag, jsonValue } from './query.ts';

export interface ListingQuery {
  readonly low: string | undefined;
  readonly high: string | undefined;
  readonly highInclusive: boolean;
  readonly descending: boolean;
  readonly limit: number;
  readonly skip: number;
  readonly keys: readonly unknown[] | undefined;
  readonly includeDocs: boolean;
  readonly conflicts: boolean;
  readonly attachments: boolean;
  readonly updateSeq: boolean;
}

const PAGE = 200;
/** Rows before the first one are counted up to here; beyond, `offset` is null. */
const OFFSET_LIMIT = 10_000;
const MAX_TEXT = '\u{10ffff}';

/** Throws CouchError 400. */
export function parseListing(query: URLSearchParams, body: unknown): ListingQuery {
  const given = asQuery(query, body);
  const key = jsonValue(given, 'key');
  const start = key ?? jsonValue(given, 'startkey', 'start_key');
  const end = key ?? jsonValue(given, 'endkey', 'end_key');
  const descending = flag(given, 'descending');
  const inclusive = given.get('inclusive_end') !== 'false';
  const keys = keysOf(given, body);
  return {
    low: text(descending ? end : start),
    high: text(descending ? start : end),
    highInclusive: inclusive || descending,
    descending,
    limit: count(given, 'limit') ?? Number.MAX_SAFE_INTEGER,
    skip: count(given, 'skip') ?? 0,
    keys,
    includeDocs: flag(given, 'include_docs'),
    conflicts: flag(given, 'conflicts'),
    attachments: flag(given, 'attachments'),
    updateSeq: flag(given, 'update_seq'),
  };
}

/** The text of a listing between two bounds of ids (the second exclusive). */
export function* listing(
  database: SqliteDatabase,
  query: ListingQuery,
  bounds: { readonly from: string; readonly to: string } = { from: '', to: MAX_TEXT },
): Generator<string> {
  const seq = query.updateSeq ? `"update_seq":"${database.updateSeq()}",` : '';
  const total = `{"total_rows":${database.documentCount},`;
  if (query.keys) {
    yield `${total}"offset":null,${seq}"rows":[`;
    yield* keyRows(database, query, query.keys);
  } else {
    yield `${total}"offset":${offsetOf(database, query)},${seq}"rows":[`;
    yield* rangeRows(database, query, bounds);
  }
  yield ']}';
}

function* rangeRows(
  database: SqliteDatabase,
  query: ListingQuery,
  bounds: { readonly from: string; readonly to: string },
): Generator<string> {
  const { descending, highInclusive, limit } = query;
  const columns = query.includeDocs ? 'seq, id, rev, deleted, atts, tree, body' : 'id, rev';
  const order = descending ? 'DESC' : 'ASC';
  const sql = `SELECT ${columns} FROM docs WHERE id >= ? AND id ${highInclusive ? '<=' : '<'} ?
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
    if (!row) yield `${separator}{"key":${JSON.stringify(key)},"error":"not_found"}`;
    else if (!row.deleted) yield separator + rowText(database, row, query);
    else {
      const id = JSON.stringify(row.id);
      const doc = query.includeDocs ? ',"doc":null' : '';
      yield `${separator}{"id":${id},"key":${id},"value":{"rev":"${row.rev}","deleted":true}${doc}}`;
    }
    separator = ',';
  }
}

function rowText(database: SqliteDatabase, row: DocumentRow, query: ListingQuery): string {
  const id = JSON.stringify(row.id);
  const head = `{"id":${id},"key":${id},"value":{"rev":"${row.rev}"}`;
  if (!query.includeDocs) return `${head}}`;
  const { conflicts, attachments } = query;
  const { text: doc } = database.reader.text(row, row, { conflicts, attachments });
  return `${head},"doc":${doc}}`;
}

/** How many rows of the whole listing come before the first one of this range. */
function offsetOf(database: SqliteDatabase, query: ListingQuery): number | null {
  const { descending, low, high, skip } = query;
  const edge = descending ? high : low;
  const before = edge === undefined ? 0 : countBefore(database, edge, descending);
  if (before === null) return null;
  return Math.min(before + skip, database.documentCount);
}

function countBefore(database: SqliteDatabase, edge: string, descending: boolean): number | null {
  const side = descending ? '>' : '<';
  const sql = `SELECT count(*) AS n FROM (SELECT 1 FROM docs INDEXED BY docs_by_id
    WHERE id ${side} ? AND deleted = 0 LIMIT ${OFFSET_LIMIT})`;
  const counted = database.connection.sql(sql).get(edge)?.n as number;
  return counted < OFFSET_LIMIT ? counted : null;
}

/** Parameters of a POST may be in its body. */
function asQuery(query: URLSearchParams, body: unknown): URLSearchParams {
  if (typeof body !== 'object' || body === null) return query;
  const merged = new URLSearchParams(query);
  for (const [name, value] of Object.entries(body as JsonObject)) {
    if (name !== 'keys') merged.set(name, JSON.stringify(value));
  }
  return merged;
}

function keysOf(query: URLSearchParams, body: unknown): readonly unknown[] | undefined {
  const given = typeof body === 'object' && body !== null ? (body as JsonObject).keys : undefined;
  const keys = given ?? jsonValue(query, 'keys');
  if (keys === undefined) return undefined;
  if (!Array.isArray(keys)) throw badRequest('`keys` body member must be an array.');
  return keys;
}

/** Ids are strings: a bound of another type is below or above them all. */
function text(bound: unknown): string | undefined {
  if (bound === undefined || typeof bound === 'string') return bound;
  if (bound === null || typeof bound === 'boolean' || typeof bound === 'number') return '';
  if (typeof bound === 'object') return MAX_TEXT;
  throw new CouchError(400, 'query_parse_error', 'A key must be JSON');
}
