/** What a request of `_changes` asks for, checked. */
import { badRequest, CouchError, notFound, notImplemented } from '../couch-error.ts';
import type { Matcher } from '../mango/matcher.ts';
import { compileSelector } from '../mango/selector.ts';
import type { GetOptions, JsonObject } from '../store/database.ts';
import { type Change, type DocumentRow, documentText } from '../store/row.ts';
import { parseSequence } from '../store/sequence.ts';
import type { SqliteDatabase } from '../store/sqlite-database.ts';
import { count, flag, jsonValue } from './query.ts';

export type FeedKind = 'normal' | 'longpoll' | 'continuous' | 'eventsource';

export interface FeedQuery {
  readonly kind: FeedKind;
  readonly since: number;
  readonly limit: number;
  readonly descending: boolean;
  readonly docIds: readonly string[] | undefined;
  /** Undefined: every change. */
  readonly wants: ((change: Change) => boolean) | undefined;
  /** Whether bodies are needed at all. */
  readonly line: (change: Change) => string;
  readonly heartbeatMs: number | undefined;
  readonly timeoutMs: number | undefined;
}

const KINDS = new Set(['normal', 'longpoll', 'continuous', 'eventsource']);
const DEFAULT_TIMEOUT_MS = 60_000;
const SHORTEST_MS = 50;
const LONGEST_MS = 24 * 3600 * 1000;

/** Throws CouchError 400, 404, 501. */
export function parseFeedQuery(
  query: URLSearchParams,
  body: unknown,
  database: SqliteDatabase,
  lastEventId: string | undefined,
): FeedQuery {
  const kind = query.get('feed') ?? 'normal';
  if (!KINDS.has(kind))
    throw badRequest('Supported `feed` types: normal, continuous, eventsource, longpoll');
  const docIds = docIdsOf(query, body);
  const since = query.get('since') ?? lastEventId ?? '0';
  const heartbeatMs = intervalOf(query);
  const timeout = count(query, 'timeout');
  return {
    kind: kind as FeedKind,
    since: parseSequence(since, database.incarnation, database.newest),
    limit: count(query, 'limit') ?? Number.MAX_SAFE_INTEGER,
    descending: flag(query, 'descending') || query.get('dir') === 'rev',
    docIds,
    wants: filterOf(query, body, database, docIds),
    line: lineMaker(query, database),
    heartbeatMs,
    timeoutMs:
      heartbeatMs === undefined ? Math.min(timeout ?? DEFAULT_TIMEOUT_MS, LONGEST_MS) : undefined,
  };
}

/** Milliseconds between heartbeats; undefined for none. Throws CouchError 400. */
export function intervalOf(query: URLSearchParams): number | undefined {
  const value = query.get('heartbeat');
  if (value === null || value === 'false') return undefined;
  if (value === 'true') return DEFAULT_TIMEOUT_MS;
  const ms = count(query, 'heartbeat') ?? 0;
  if (ms === 0) throw badRequest('The heartbeat must be true or an integer above 0');
  return Math.min(Math.max(ms, SHORTEST_MS), LONGEST_MS);
}

function docIdsOf(query: URLSearchParams, body: unknown): readonly string[] | undefined {
  if (query.get('filter') !== '_doc_ids') return undefined;
  const ids = memberOf(body, 'doc_ids') ?? jsonValue(query, 'doc_ids');
  if (Array.isArray(ids) && ids.every((id) => typeof id === 'string')) return ids;
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
    const selector = memberOf(body, 'selector');
    if (selector === undefined) throw badRequest('Selector must be specified in POST payload');
    const matches: Matcher = compileSelector(selector);
    return (change) => matches(change.document);
  }
  if (filter === '_view') throw notImplemented('The filter _view');
  return refuseFunction(filter, database);
}

/** Filters of design documents are JavaScript; one that is not there is told so first. */
function refuseFunction(filter: string, database: SqliteDatabase): never {
  const [ddoc, name, ...rest] = filter.split('/');
  if (!ddoc || !name || rest.length > 0) {
    throw badRequest('`filter` parameter must be of the form `designname/filtername`');
  }
  const row = database.reader.row(`_design/${ddoc}`);
  const filters = row && !row.deleted ? memberOf(JSON.parse(row.body), 'filters') : undefined;
  if (memberOf(filters, name) === undefined) throw notFound('missing json key: filters');
  throw new CouchError(
    501,
    'not_implemented',
    `The filter ${filter} is a JavaScript function: use filter=_selector instead.`,
  );
}

function lineMaker(query: URLSearchParams, database: SqliteDatabase): FeedQuery['line'] {
  const all = query.get('style') === 'all_docs';
  if (!flag(query, 'include_docs')) {
    const none = (): string => '';
    return (change) => change.line(all, '', none);
  }
  const conflicts = flag(query, 'conflicts');
  const attachments = flag(query, 'attachments');
  const key = `d${conflicts ? 'c' : ''}${attachments ? 'a' : ''}`;
  const options: GetOptions = { conflicts, attachments };
  const plain = (row: DocumentRow): string => documentText(row.id, row);
  const rich = (row: DocumentRow): string => database.reader.text(row, row, options).text;
  const text = conflicts || attachments ? rich : plain;
  return (change) => change.line(all, key, text);
}

function memberOf(body: unknown, name: string): unknown {
  if (typeof body !== 'object' || body === null || !Object.hasOwn(body, name)) return undefined;
  return (body as JsonObject)[name];
}
