/** `_find`, `_explain` and `_index`. */
import { requireDatabaseAdmin } from '../auth/security.ts';
import { CouchError, notFound } from '../couch-error.ts';
import { runFind } from '../mango/find.ts';
import { type FindQuery, normalised, parseFindQuery } from '../mango/find-query.ts';
import {
  ALL_DOCS,
  definitionOf,
  type IndexDefinition,
  parseIndexRequest,
  viewOf,
} from '../mango/index-definition.ts';
import { choosePlan, type Plan } from '../mango/plan.ts';
import { compileSelector } from '../mango/selector.ts';
import type { JsonObject } from '../store/database.ts';
import { parseEdit } from '../store/document.ts';
import type { SqliteDatabase } from '../store/sqlite-database.ts';
import { type DatabaseHandler, methodNotAllowed } from './context.ts';
import type { Exchange } from './exchange.ts';
import { PieceSender } from './stream.ts';
import { written } from './write-answer.ts';

function planOf(database: SqliteDatabase, query: FindQuery): Plan {
  compileSelector(query.selector);
  return choosePlan(query.selector, query.sort, database.indexes.list, query.useIndex);
}

export const findRoute: DatabaseHandler = async (exchange, _context, database) => {
  const query = parseFindQuery(await exchange.readJsonPost());
  const started = performance.now();
  const plan = planOf(database, query);
  const sender = new PieceSender(exchange);
  let returned = 0;
  const found = (doc: string): boolean | Promise<boolean> => {
    const full = sender.add(`${returned++ === 0 ? '{"docs":[' : ',\n'}${doc}`);
    return full ? sender.flush().then(() => !sender.isDone) : true;
  };
  const result = await runFind(database.connection, database.indexes, query, plan, found);
  const bookmark = JSON.stringify(result.bookmark);
  let text = `${returned === 0 ? '{"docs":[' : ''}],"bookmark":${bookmark}`;
  if (result.warning) text += `,"warning":${JSON.stringify(result.warning)}`;
  if (query.executionStats) {
    const stats = {
      total_keys_examined: plan.index ? result.examined : 0,
      total_docs_examined: result.examined,
      total_quorum_docs_examined: 0,
      results_returned: returned,
      execution_time_ms: Math.round((performance.now() - started) * 1000) / 1000,
    };
    text += `,"execution_stats":${JSON.stringify(stats)}`;
  }
  sender.add(`${text}}`);
  sender.end();
};

export const explainRoute: DatabaseHandler = async (exchange, _context, database) => {
  const query = parseFindQuery(await exchange.readJsonPost());
  const plan = planOf(database, query);
  exchange.json(200, {
    dbname: database.name,
    index: shown(plan.definition),
    partitioned: false,
    selector: normalised(query.selector),
    opts: { use_index: query.useIndex, bookmark: query.bookmark ?? 'nil', limit: query.limit },
    limit: query.limit,
    skip: query.skip,
    fields: query.fields.length === 0 ? 'all_fields' : query.fields,
    sort: query.sort.map(({ name, direction }) => ({ [name]: direction })),
  });
};

function shown(index: IndexDefinition): JsonObject {
  const { ddoc, name } = index;
  if (ddoc === null) return { ddoc, name, type: 'special', def: definitionOf(index) };
  return { ddoc, name, type: 'json', partitioned: false, def: definitionOf(index) };
}

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
  if (exchange.method !== 'DELETE') methodNotAllowed(exchange, 'DELETE');
  const parts = rest[0] === '_design' ? rest.slice(1) : rest;
  const [ddoc = '', type, name = ''] = parts;
  if (parts.length !== 3 || type !== 'json') throw notFound('missing');
  await deleteView(database, ddoc.startsWith('_design/') ? ddoc : `_design/${ddoc}`, name);
  exchange.json(200, { ok: true });
};

function listIndexes(exchange: Exchange, database: SqliteDatabase): void {
  const indexes = [ALL_DOCS, ...database.indexes.list.map(({ definition }) => definition)];
  exchange.json(200, { total_rows: indexes.length, indexes: indexes.map(shown) });
}

async function createIndex(
  exchange: Exchange,
  database: SqliteDatabase,
  maxDocumentSize: number,
): Promise<void> {
  const definition = parseIndexRequest(await exchange.readJsonPost());
  const id = definition.ddoc as string;
  const { name } = definition;
  const row = database.reader.row(id);
  const document = row && !row.deleted ? (JSON.parse(row.body) as JsonObject) : {};
  if (document.language !== undefined && document.language !== 'query') {
    const reason = `${id} is a design document of another language`;
    throw new CouchError(400, 'invalid_design_document', reason);
  }
  const views = (document.views ?? {}) as JsonObject;
  const view = viewOf(definition);
  if (JSON.stringify(views[name]) === JSON.stringify(view)) {
    return exchange.json(200, { result: 'exists', id, name });
  }
  const next = { ...document, language: 'query', views: { ...views, [name]: view } };
  const rev = row && !row.deleted ? row.rev : undefined;
  written(await database.writeEdit(parseEdit(next, { id, rev, newEdits: true, maxDocumentSize })));
  const created = database.indexes.list.find((one) => {
    return one.definition.ddoc === id && one.definition.name === name;
  });
  // Filled at once, so that the first query does not have to wait for it.
  if (created) database.indexes.ready(created).catch(() => undefined);
  exchange.json(200, { result: 'created', id, name });
}

async function deleteView(database: SqliteDatabase, id: string, name: string): Promise<void> {
  const row = database.reader.row(id);
  const document = row && !row.deleted ? (JSON.parse(row.body) as JsonObject) : {};
  const views = (document.views ?? {}) as JsonObject;
  if (!row || document.language !== 'query' || !Object.hasOwn(views, name)) {
    throw notFound('missing');
  }
  const { [name]: _gone, ...rest } = views;
  const empty = Object.keys(rest).length === 0;
  const next = empty ? { _deleted: true } : { ...document, views: rest };
  const options = { id, rev: row.rev, newEdits: true, maxDocumentSize: Number.MAX_SAFE_INTEGER };
  written(await database.writeEdit(parseEdit(next, options)));
}

async function bulkDelete(exchange: Exchange, database: SqliteDatabase): Promise<void> {
  const body = ((await exchange.readJsonPost()) ?? {}) as JsonObject;
  const docids = Array.isArray(body.docids) ? body.docids : [];
  const success: JsonObject[] = [];
  const fail: JsonObject[] = [];
  for (const docid of docids) {
    const id = String(docid).startsWith('_design/') ? String(docid) : `_design/${docid}`;
    const row = database.reader.row(id);
    if (!row || row.deleted) {
      fail.push({ id, error: 'not_found' });
      continue;
    }
    const options = { id, rev: row.rev, newEdits: true, maxDocumentSize: 1000 };
    written(await database.writeEdit(parseEdit({ _deleted: true }, options)));
    success.push({ id, ok: true });
  }
  exchange.json(200, { success, fail });
}
