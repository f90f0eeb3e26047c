/** What a request of `_changes` asks for, checked. */
import { badRequest, CouchError, notFound, notImplemented } from '../../couch-error.ts';
import type { JsonObject } from '../../json-object.ts';
import { parseField, pickedFields } from '../../mango/field-path.ts';
import type { Matcher } from '../../mango/matcher.ts';
import { compileSelector } from '../../mango/selector.ts';
import { termText } from '../../mango/term-text.ts';
import { parseSequence } from '../../store/changes/sequence.ts';
import type { GetOptions } from '../../store/database.ts';
import { type DocumentRow, documentText, type RowChange } from '../../store/documents/row.ts';
import type { SqliteDatabase } from '../../store/sqlite-database.ts';
import { count, jsonValue } from '../wire/query.ts';

export type FeedKind = 'normal' | 'longpoll' | 'continuous' | 'eventsource';

export interface FeedQuery {
  readonly kind: FeedKind;
  readonly since: number;
  readonly limit: number;
  readonly descending: boolean;
  readonly docIds: readonly string[] | undefined;
  /** Undefined: every change. */
  readonly wants: ((change: RowChange) => boolean) | undefined;
  /** Whether changes that the filter passes over count as pending. */
  readonly countsPassedOver: boolean;
  /** Undefined: each change tells its sequence; else one of so many. */
  readonly seqInterval: number | undefined;
  /** Whether bodies are needed at all. */
  readonly line: (change: RowChange) => string;
  readonly heartbeatMs: number | undefined;
  readonly timeoutMs: number | undefined;
}

const KINDS = new Set(['normal', 'continuous', 'live', 'longpoll', 'eventsource']);
const STYLES = new Set(['main_only', 'all_docs']);
/** CouchDB's own: which changes tell their sequence is counted from here. */
const NO_LIMIT = 10 ** 15;
const DEFAULT_TIMEOUT_MS = 60_000;
const SHORTEST_MS = 50;
const LONGEST_MS = 24 * 3600 * 1000;

/** Throws CouchError 400, 404, 501. */
export function parseFeedQuery(
  given: URLSearchParams,
  body: unknown,
  database: SqliteDatabase,
  lastEventId: string | undefined,
): FeedQuery {
  const query = new URLSearchParams();
  for (const [name, value] of given) query.set(name.toLowerCase(), value);
  const kind = query.get('feed') ?? 'normal';
  if (body !== undefined && (typeof body !== 'object' || body === null || Array.isArray(body))) {
    throw badRequest('Request body must be a JSON object');
  }
  const docIds = docIdsOf(query, body);
  // A browser that connects again says so in the header, and repeats the address.
  const again = kind === 'eventsource' ? lastEventId : undefined;
  const since = again ?? query.get('last-event-id') ?? query.get('since') ?? '0';
  const descending = isOn(query, 'descending');
  const heartbeatMs = intervalOf(query);
  const timeout = count(query, 'timeout');
  const wants = filterOf(query, body, database, docIds);
  if (!KINDS.has(kind)) throw badRequest(`Supported \`feed\` types: ${[...KINDS].join(', ')}`);
  return {
    kind: kind === 'live' ? 'continuous' : (kind as FeedKind),
    // Backwards, everything is asked for.
    since: descending ? 0 : parseSequence(since, database.incarnation, database.newest),
    limit: limitOf(query),
    descending,
    docIds,
    wants,
    countsPassedOver: docIds !== undefined || query.get('filter') === '_design',
    seqInterval: seqIntervalOf(query),
    line: lineMaker(query, database, fieldsOf(query, body)),
    heartbeatMs,
    timeoutMs:
      heartbeatMs === undefined ? Math.min(timeout ?? DEFAULT_TIMEOUT_MS, LONGEST_MS) : undefined,
  };
}

/** Milliseconds between heartbeats; undefined for none. Throws CouchError 400. */
export function intervalOf(query: URLSearchParams): number | undefined {
  const value = query.get('heartbeat');
  if (value === null) return undefined;
  if (value === 'true') return DEFAULT_TIMEOUT_MS;
  if (!/^[+-]?\d{1,15}$/.test(value)) {
    const expected = 'Expecting a positive integer value (in milliseconds).';
    throw badRequest(`Invalid heartbeat value. ${expected}`);
  }
  const ms = Number(value);
  if (ms <= 0) {
    throw badRequest('The heartbeat value should be a positive integer (in milliseconds).');
  }
  return Math.min(Math.max(ms, SHORTEST_MS), LONGEST_MS);
}

/** Of the flags `true` alone counts: CouchDB passes over anything else. */
const isOn = (query: URLSearchParams, name: string): boolean => query.get(name) === 'true';

function limitOf(query: URLSearchParams): number {
  const value = query.get('limit');
  return value !== null && /^-\d{1,15}$/.test(value)
    ? NO_LIMIT
    : (count(query, 'limit') ?? NO_LIMIT);
}

function seqIntervalOf(query: URLSearchParams): number | undefined {
  const value = query.get('seq_interval');
  if (value === null) return undefined;
  if (!/^[1-9]\d{0,14}$/.test(value)) throw badRequest('invalid_seq_interval');
  return Number(value);
}

function docIdsOf(query: URLSearchParams, body: unknown): readonly string[] | undefined {
  if (query.get('filter') !== '_doc_ids') return undefined;
  const ids = memberOf(body, 'doc_ids') ?? jsonValue(query, 'doc_ids');
  if (!Array.isArray(ids)) {
    throw badRequest('`doc_ids` filter parameter is not a list of doc ids.');
  }
  if (ids.every((id) => typeof id === 'string')) return ids;
  throw badRequest('`doc_ids` filter parameter is not a list of strings.');
}

function filterOf(
  query: URLSearchParams,
  body: unknown,
  database: SqliteDatabase,
  docIds: readonly string[] | undefined,
): FeedQuery['wants'] {
  const filter = query.get('filter');
  if (filter === null || filter === '') return undefined;
  if (docIds) {
    const ids = new Set(docIds);
    return (change) => ids.has(change.row.id);
  }
  if (filter === '_design') return (change) => change.row.id.startsWith('_design/');
  if (filter === '_selector') {
    if (body === undefined) throw badRequest('Selector must be specified in POST payload');
    const selector = memberOf(body, 'selector');
    const matches = compiled(selector);
    return (change) => matches(change.document);
  }
  if (filter === '_view') return refuseView(query.get('view'), database);
  return refuseFunction(filter, database);
}

/** What the filter `_selector` shows of documents; undefined: all. Throws CouchError 400. */
function fieldsOf(query: URLSearchParams, body: unknown): readonly string[] | undefined {
  const given = memberOf(body, 'fields');
  if (query.get('filter') !== '_selector' || given === undefined) return undefined;
  if (!Array.isArray(given)) throw badRequest('Selector error: fields must be JSON array');
  for (const one of given) {
    if (typeof one !== 'string') throw badRequest(`Invalid JSON for field spec: ${termText(one)}`);
    parseField(one);
  }
  return given.length === 0 ? undefined : given;
}

function compiled(selector: unknown): Matcher {
  if (typeof selector !== 'object' || selector === null || Array.isArray(selector)) {
    throw badRequest('Selector error: expected a JSON object');
  }
  try {
    return compileSelector(selector);
  } catch (error) {
    if (error instanceof CouchError) throw badRequest(error.reason);
    throw error;
  }
}

function refuseView(view: string | null, database: SqliteDatabase): never {
  const [ddoc, name, ...rest] = (view ?? '').split('/');
  if (view === null || view === '') throw badRequest('`view` filter parameter is not provided.');
  if (!ddoc || !name || rest.length > 0) {
    throw badRequest('`view` must be of the form `designname/viewname`');
  }
  const row = database.reader.row(`_design/${ddoc}`);
  const views = row && !row.deleted ? memberOf(JSON.parse(row.body), 'views') : undefined;
  if (memberOf(views, name) === undefined) throw notFound('missing json key: views');
  throw notImplemented('The filter _view');
}

/** Filters of design documents are JavaScript; one that is not there is told so first. */
function refuseFunction(filter: string, database: SqliteDatabase): never {
  if (filter.startsWith('_')) throw badRequest('unknown builtin filter name');
  const [ddoc, name, ...rest] = filter.split('/');
  if (name === undefined) throw badRequest('`filter` must be of the form `designname/filtername`');
  if (!ddoc || !name || rest.length > 0) {
    throw badRequest('`filter` parameter must be of the form `designname/filtername`');
  }
  const row = database.reader.row(`_design/${ddoc}`);
  if (!row || row.deleted) throw notFound(row ? 'deleted' : 'missing');
  const filters = memberOf(JSON.parse(row.body), 'filters');
  if (memberOf(filters, name) === undefined) throw notFound('missing json key: filters');
  throw new CouchError(
    501,
    'not_implemented',
    `The filter ${filter} is a JavaScript function: use filter=_selector instead.`,
  );
}

function lineMaker(
  query: URLSearchParams,
  database: SqliteDatabase,
  fields: readonly string[] | undefined,
): FeedQuery['line'] {
  const style = query.get('style') ?? 'main_only';
  if (!STYLES.has(style)) throw badRequest('Supported `style` values: main_only, all_docs');
  const all = style === 'all_docs';
  if (!isOn(query, 'include_docs')) {
    const none = (): string => '';
    return (change) => change.line(all, '', none);
  }
  const conflicts = isOn(query, 'conflicts');
  const attachments = isOn(query, 'attachments');
  const encodingInfo = isOn(query, 'att_encoding_info');
  const key = `d${conflicts ? 'c' : ''}${attachments ? 'a' : ''}${encodingInfo ? 'e' : ''}`;
  const options: GetOptions = { conflicts, attachments, encodingInfo };
  const plain = (row: DocumentRow): string => documentText(row.id, row);
  const rich = (row: DocumentRow): string => database.reader.text(row, row, options).text;
  const text = conflicts || attachments || encodingInfo ? rich : plain;
  if (fields === undefined) return (change) => change.line(all, key, text);
  const picked = (row: DocumentRow): string =>
    JSON.stringify(pickedFields(JSON.parse(text(row)) as JsonObject, fields));
  return (change) => change.line(all, `${key} ${JSON.stringify(fields)}`, picked);
}

function memberOf(body: unknown, name: string): unknown {
  if (typeof body !== 'object' || body === null || !Object.hasOwn(body, name)) return undefined;
  return (body as JsonObject)[name];
}
