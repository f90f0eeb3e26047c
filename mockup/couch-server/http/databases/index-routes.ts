/** `_index`: the JSON indexes of a database, which live in design documents of language `query`. */
import { requireDatabaseAdmin } from '../../auth/security.ts';
import { CouchError, notFound } from '../../couch-error.ts';
import type { JsonObject } from '../../json-object.ts';
import { ALL_DOCS, parseIndexRequest, viewOf } from '../../mango/index-definition.ts';
import { isObject } from '../../mango/normal-form.ts';
import { refuseOtherKeys } from '../../mango/request-values.ts';
import { termText } from '../../mango/term-text.ts';
import { parseEdit } from '../../store/documents/document.ts';
import { stubs } from '../../store/documents/row.ts';
import { shownIndex } from '../../store/indexes/explain.ts';
import type { SqliteDatabase } from '../../store/sqlite-database.ts';
import { type DatabaseHandler, methodNotAllowed } from '../context.ts';
import type { Exchange } from '../exchange.ts';
import { written } from '../wire/write-answer.ts';

/** `/db/_index`, `/db/_index/_design/ddoc/json/name` and `/db/_index/_bulk_delete`. */
export const indexRoute: DatabaseHandler = async (exchange, context, database) => {
  const rest = exchange.segments.slice(2);
  if (!exchange.isRead) requireDatabaseAdmin(exchange.user, database);
  if (rest.length === 0) {
    if (exchange.isRead) return listIndexes(exchange, database);
    if (exchange.method !== 'POST') methodNotAllowed(exchange, 'GET,POST');
    return createIndex(exchange, database, context.limits.maxDocumentSize);
  }
  if (rest[0] === '_bulk_delete') {
    if (exchange.method !== 'POST') methodNotAllowed(exchange, 'POST');
    return bulkDelete(exchange, database);
  }
  if (rest.length < 3) throw notFound('missing');
  if (exchange.method !== 'DELETE') methodNotAllowed(exchange, 'DELETE');
  const parts = rest[0] === '_design' ? rest.slice(1) : rest;
  const [ddoc = '', type, name = ''] = parts;
  if (parts.length !== 3 || type !== 'json') throw notFound('missing');
  await deleteView(database, ddoc.startsWith('_design/') ? ddoc : `_design/${ddoc}`, name);
  exchange.json(200, { ok: true });
};

function listIndexes(exchange: Exchange, database: SqliteDatabase): void {
  const all = [ALL_DOCS, ...database.indexes.list.map(({ definition }) => definition)];
  const limit = listParameter(exchange, 'limit', all.length, 1);
  const skip = listParameter(exchange, 'skip', 0, 0);
  const indexes = all.slice(skip, skip + limit).map(shownIndex);
  exchange.json(200, { total_rows: all.length, indexes });
}

function listParameter(exchange: Exchange, name: string, fallback: number, least: number): number {
  const given = exchange.query.get(name);
  if (given === null) return fallback;
  const value = /^[+-]?\d{1,15}$/.test(given) ? Number(given) : -1;
  if (value >= least) return value;
  const reason = 'Index parameter ranges: limit > 1, skip > 0';
  throw new CouchError(500, 'invalid_list_index_params', reason);
}

async function createIndex(
  exchange: Exchange,
  database: SqliteDatabase,
  maxDocumentSize: number,
): Promise<void> {
  const request = parseIndexRequest(await exchange.readJsonPost());
  const id = request.definition.ddoc as string;
  const { name } = request.definition;
  const row = database.reader.row(id);
  const living = row && !row.deleted ? row : undefined;
  const document = living ? (JSON.parse(living.body) as JsonObject) : { language: 'query' };
  // Whatever else holds views would lose them.
  if (document.language !== 'query') throw otherLanguage(document);
  const views = isObject(document.views) ? document.views : {};
  const view = viewOf(request);
  if (JSON.stringify(views[name]) === JSON.stringify(view)) {
    return exchange.json(200, { result: 'exists', id, name });
  }
  const next = { ...withStubs(document, living?.atts ?? null), views: { ...views, [name]: view } };
  const options = { id, rev: living?.rev, newEdits: true, maxDocumentSize };
  written(await database.writeEdit(parseEdit(next, options)));
  const created = database.indexes.list.find((one) => {
    return one.definition.ddoc === id && one.definition.name === name;
  });
  // Filled at once, so that the first query does not have to wait for it.
  if (created) database.indexes.ready(created).catch(() => undefined);
  exchange.json(200, { result: 'created', id, name });
}

function otherLanguage({ language }: JsonObject): CouchError {
  const shown =
    language === undefined
      ? 'false'
      : termText({ language }).replace(/^\{\[/, '').replace(/\]\}$/, '');
  const reason = `Existing design doc has an invalid language: ${shown}`;
  return new CouchError(400, 'invalid_ddoc_lang', reason);
}

/** Takes an index out of its design document, and that away where nothing else is in it. */
async function deleteView(database: SqliteDatabase, id: string, name: string): Promise<void> {
  const row = database.reader.row(id);
  if (!row || !isIndex(database, id, name)) throw notFound('missing');
  const { views, ...others } = JSON.parse(row.body) as JsonObject;
  const { [name]: _gone, ...rest } = views as JsonObject;
  const bare = Object.keys(others).length === 1 && row.atts === null;
  const left = Object.keys(rest).length > 0 ? { ...others, views: rest } : others;
  const next = left === others && bare ? { _deleted: true } : left;
  // What else the document has stays, its attachments too.
  const kept = withStubs(next, row.atts);
  const options = { id, rev: row.rev, newEdits: true, maxDocumentSize: Number.MAX_SAFE_INTEGER };
  written(await database.writeEdit(parseEdit(kept, options)));
}

const withStubs = (document: JsonObject, atts: string | null): JsonObject =>
  atts === null ? document : { ...document, _attachments: JSON.parse(stubs(atts)) };

function isIndex(database: SqliteDatabase, id: string, name: string): boolean {
  return database.indexes.list.some(({ definition: { ddoc, name: own } }) => {
    return ddoc === id && own === name;
  });
}

const BULK_KEYS = new Set(['docids', 'w']);

async function bulkDelete(exchange: Exchange, database: SqliteDatabase): Promise<void> {
  const body = await exchange.readJsonPost();
  const request = isObject(body) ? body : {};
  const { docids } = request;
  if (docids === undefined) {
    throw new CouchError(400, 'missing_required_key', 'Missing required key: docids');
  }
  if (!Array.isArray(docids) || docids.some((one) => typeof one !== 'string')) {
    const reason = `Bulk Delete requires an array of non-null docids. Docids: ${termText(docids)}`;
    throw new CouchError(400, 'invalid_bulk_docs', reason);
  }
  refuseOtherKeys(request, BULK_KEYS);
  const success: JsonObject[] = [];
  const fail: JsonObject[] = [];
  for (const docid of docids as string[]) {
    const id = docid.startsWith('_design/') ? docid : `_design/${docid}`;
    const names = database.indexes.list
      .filter(({ definition }) => definition.ddoc === id)
      .map(({ definition }) => definition.name);
    for (const name of names) await deleteView(database, id, name);
    if (names.length > 0) success.unshift({ id, ok: true });
    else fail.unshift({ id, error: 'not_found' });
  }
  exchange.json(200, { success, fail });
}
