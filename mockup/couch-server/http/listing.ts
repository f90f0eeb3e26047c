/** Rows of `_all_docs`, `_design_docs` and `_local_docs`, made as they are sent. */
import { badRequest, CouchError } from '../couch-error.ts';
import type { JsonObject } from '../store/database.ts';
import type { DocumentRow } from '../store/row.ts';
import type { SqliteDatabase } from '../store/sqlite-database.ts';
import { takeRows } from '../store/take-rows.ts';
import { count, flag, inclusiveEnd, jsonValue } from './query.ts';

export interface ListingQuery {
  readonly low: string | undefined;
  readonly high: string | undefined;
  readonly lowInclusive: boolean;
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
  const keys = keysOf(query, body);
  const given = asQuery(query, body);
  refuseViewOptions(given);
  const { start, end } = rangeOf(given);
  const descending = flag(given, 'descending');
  const inclusive = inclusiveEnd(given);
  return {
    low: descending ? end : start,
    high: descending ? start : end,
    lowInclusive: inclusive || !descending,
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

const STARTS = new Set(['startkey', 'start_key']);
const ENDS = new Set(['endkey', 'end_key']);
const START_IDS = new Set(['startkey_docid', 'start_key_doc_id']);

/** The bounds; what is said last counts. Ids are strings, which come after all other values. */
function rangeOf(query: URLSearchParams): { start?: string; end?: string } {
  const range: { start?: string; end?: string } = {};
  let startId: string | undefined;
  for (const [name, value] of query) {
    if (name === 'key' || STARTS.has(name)) range.start = boundOf(value);
    if (name === 'key' || ENDS.has(name)) range.end = boundOf(value);
    if (START_IDS.has(name)) startId = value;
  }
  if (range.start === undefined && startId !== undefined) range.start = startId;
  return range;
}

function boundOf(text: string): string {
  const value = jsonValue(new URLSearchParams({ value: text }), 'value');
  return typeof value === 'string' ? value : '';
}

/** Options that belong to views with a reduction. */
function refuseViewOptions(query: URLSearchParams): void {
  const refuse = (reason: string): never => {
    throw new CouchError(400, 'query_parse_error', reason);
  };
  if (flag(query, 'reduce')) refuse('Reduce is invalid for map-only views.');
  if (flag(query, 'group') || (count(query, 'group_level') ?? 0) > 0) {
    refuse('Invalid use of grouping on a map view.');
  }
  const stale = query.get('stale');
  if (stale !== null && stale !== 'ok' && stale !== 'update_after') {
    refuse('Invalid value for `stale`.');
  }
  if (query.has('partition')) refuse('`partition` parameter is not supported on this db');
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

/** Parameters of a POST may be in its body; those of the path count more. */
function asQuery(query: URLSearchParams, body: unknown): URLSearchParams {
  const merged = new URLSearchParams();
  for (const [name, value] of Object.entries((body ?? {}) as JsonObject)) {
    if (name === 'keys') continue;
    merged.set(name, isWord(value) ? value : JSON.stringify(value));
  }
  for (const [name, value] of query) merged.set(name, value);
  return merged;
}

const isWord = (value: unknown): value is string => value === 'true' || value === 'false';

const RANGE = ['key', 'startkey', 'start_key', 'endkey', 'end_key'];

function keysOf(query: URLSearchParams, body: unknown): readonly unknown[] | undefined {
  if (body !== undefined && (typeof body !== 'object' || body === null || Array.isArray(body))) {
    throw badRequest('Request body must be a JSON object');
  }
  const inBody = (body as JsonObject | undefined)?.keys;
  if (inBody !== undefined && !Array.isArray(inBody)) {
    throw badRequest('`keys` body member must be an array.');
  }
  const inQuery = jsonValue(query, 'keys');
  if (inQuery === undefined) return inBody;
  if (!Array.isArray(inQuery)) throw badRequest('`keys` parameter must be an array.');
  if (inBody === undefined && !RANGE.some((name) => query.has(name))) return inQuery;
  const reason = '`keys` is incompatible with `key`, `start_key` and `end_key`';
  throw new CouchError(400, 'query_parse_error', reason);
}
