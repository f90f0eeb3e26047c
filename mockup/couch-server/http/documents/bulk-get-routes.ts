/** `_bulk_get`: many documents or revisions in one request, as JSON or as multipart. */
import { badRequest, CouchError } from '../../couch-error.ts';
import type { JsonObject } from '../../json-object.ts';
import type { GetOptions } from '../../store/database.ts';
import { checkAnyId } from '../../store/documents/document.ts';
import { canonicalRevision } from '../../store/documents/rev-tree.ts';
import { checkRevisions, inOrderOfRevisions } from '../../store/reader.ts';
import type { SqliteDatabase } from '../../store/sqlite-database.ts';
import type { DatabaseHandler, ServerContext } from '../context.ts';
import type { Exchange } from '../exchange.ts';
import { sendPieces } from '../wire/stream.ts';
import { getOptions } from './document-routes.ts';
import { sendFound } from './multipart-routes.ts';

/** Those that belong to a single document. */
const REFUSED = ['open_revs', 'new_edits', 'w', 'rev', 'atts_since'];

interface Wanted {
  readonly id: string;
  readonly revs: 'all' | readonly string[];
  readonly options: GetOptions;
}

interface Failure {
  readonly id: string | null;
  readonly rev: unknown;
  readonly error: string;
  readonly reason: string;
}

export const bulkGet: DatabaseHandler = async (exchange, context, database) => {
  const body = ((await exchange.readJsonPost()) ?? {}) as JsonObject;
  const { docs } = body;
  if (!Array.isArray(docs)) throw badRequest("Missing JSON list of 'docs'.");
  checkCount(docs, context);
  for (const name of REFUSED) {
    if (!exchange.query.has(name)) continue;
    throw badRequest(`"${name}" query parameter is not acceptable`);
  }
  const options = getOptions(exchange.query);
  const wanted = docs.map((one) => parse(one, options));
  const type = multipartType(exchange);
  if (type) return sendFound(exchange, database, type, manyFound(database, wanted));
  await sendPieces(exchange, pieces(database, wanted));
};

/** Throws CouchError 413. */
export function checkCount(list: readonly unknown[], { limits }: ServerContext): void {
  if (list.length <= limits.maxBulkDocuments) return;
  const reason = `A request may hold ${limits.maxBulkDocuments} documents at most`;
  throw new CouchError(413, 'max_bulk_docs_count_exceeded', reason);
}

function multipartType(exchange: Exchange): string | undefined {
  if (exchange.accepts('application/json')) return undefined;
  return ['multipart/mixed', 'multipart/related'].find((type) => exchange.accepts(type));
}

function parse(one: unknown, options: GetOptions): Wanted | Failure {
  const refused = (id: string | null, rev: unknown, reason: string): Failure => ({
    id,
    rev,
    error: 'bad_request',
    reason,
  });
  if (!isObject(one) || Object.keys(one).length === 0) {
    return refused(null, null, 'document must be a JSON object');
  }
  const { id, rev, atts_since: since } = one;
  if (id === undefined) return refused(null, null, 'document id missed');
  try {
    checkAnyId(id);
  } catch (error) {
    if (!(error instanceof CouchError)) throw error;
    return { id: id as string, rev: null, error: error.error, reason: error.reason };
  }
  const known = id as string;
  for (const given of rev === undefined ? [] : [rev]) {
    if (!isRevision(given)) return refused(known, given, 'Invalid rev format');
  }
  const revs = rev === undefined ? 'all' : [canonicalRevision(rev)];
  if (since === undefined) return { id: known, revs, options };
  if (!Array.isArray(since)) {
    return refused(known, since, 'att_since value must be array of revs.');
  }
  const bad = since.find((given) => !isRevision(given));
  if (bad !== undefined) return refused(known, bad, 'Invalid rev format');
  if (since.length === 0) return { id: known, revs, options };
  const all = { ...options, attachments: true, attsSince: checkRevisions(since) };
  return { id: known, revs, options: all };
}

const isObject = (value: unknown): value is JsonObject =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

function isRevision(rev: unknown): boolean {
  try {
    canonicalRevision(rev);
    return true;
  } catch {
    return false;
  }
}

function* pieces(
  database: SqliteDatabase,
  wanted: readonly (Wanted | Failure)[],
): Generator<string> {
  let separator = '{"results":[';
  for (const one of wanted) {
    const results = 'error' in one ? [one] : find(database, one);
    const docs = results.map((result) =>
      'error' in result ? JSON.stringify({ error: result }) : `{"ok":${result.text}}`,
    );
    yield `${separator}{"id":${JSON.stringify(one.id)},"docs":[${docs.join(',')}]}`;
    separator = ',';
  }
  yield wanted.length === 0 ? '{"results":[]}' : ']}';
}

function find(
  database: SqliteDatabase,
  { id, revs, options }: Wanted,
): readonly ({ readonly text: string } | Failure)[] {
  const missing = (rev: string): Failure => ({ id, rev, error: 'not_found', reason: 'missing' });
  try {
    const found = database.reader.openRevs(id, revs, options);
    // All of them come in the other order than that of `open_revs`.
    const shown = revs === 'all' ? inOrderOfRevisions(found).reverse() : found;
    return shown.map((one) => ('missing' in one ? missing(one.missing) : one));
  } catch (error) {
    if (!(error instanceof CouchError)) throw error;
    return [{ id, rev: 'undefined', error: error.error, reason: error.reason }];
  }
}

/** What multipart answers show: revisions one by one, attachments apart. */
function* manyFound(database: SqliteDatabase, wanted: readonly (Wanted | Failure)[]) {
  for (const one of wanted) {
    if ('error' in one) {
      yield { error: one };
      continue;
    }
    const shown = { ...one.options, attachments: false, encodingInfo: true };
    for (const result of find(database, { ...one, options: shown })) {
      if (!('error' in result)) yield { id: one.id, text: result.text, options: one.options };
      else {
        const { rev, error, reason } = result;
        yield { error: rev === 'undefined' ? result : { rev, error, reason } };
      }
    }
  }
}
