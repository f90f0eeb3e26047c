/** What is under a design document: facts about its indexes, and JavaScript, which is not to be had. */
import { hash } from 'node:crypto';
import { badRequest, CouchError, notFound, notImplemented } from '../couch-error.ts';
import type { JsonObject } from '../json-object.ts';
import type { SqliteDatabase } from '../store/sqlite-database.ts';
import { searchUnavailable } from './absent-features.ts';
import { methodNotAllowed } from './context.ts';
import type { Exchange } from './exchange.ts';

/**
 * Answers, or throws what CouchError there is; false where the path is that of an attachment.
 * A design document that is not there is told so before anything else.
 */
export async function designEndpoint(
  exchange: Exchange,
  database: SqliteDatabase,
  id: string,
  [action = '', ...rest]: readonly string[],
): Promise<boolean> {
  const row = database.reader.row(id);
  if (!row || row.deleted) throw notFound(row ? 'deleted' : 'missing');
  const design = JSON.parse(row.body) as JsonObject;
  switch (action) {
    case '_info':
      infoRoute(exchange, id, design);
      return true;
    case '_view':
      return viewRoute(exchange, id, design, rest);
    case '_list':
      if (!isQuery(exchange)) methodNotAllowed(exchange, 'GET,POST,HEAD');
      return refuseFunction(id, design, 'list', rest);
    case '_show':
      return refuseFunction(id, design, 'show', rest);
    case '_update':
      return refuseFunction(id, design, 'update', rest);
    case '_rewrite':
      if (design.rewrites === undefined) throw new CouchError(404, 'rewrite_error', INVALID_PATH);
      throw notImplemented(`${id}/_rewrite`);
    case '_search':
      return searchUnavailable(exchange, 'GET,POST');
    case '_search_info':
    case '_search_disk_size':
      return searchUnavailable(exchange, 'GET');
    case '_nouveau':
    case '_nouveau_info':
      throw notFound('missing');
    default:
      return false;
  }
}

const INVALID_PATH = 'Invalid path.';

const isQuery = ({ isRead, method }: Exchange): boolean => isRead || method === 'POST';

async function viewRoute(
  exchange: Exchange,
  id: string,
  { views }: JsonObject,
  [name, more]: readonly string[],
): Promise<never> {
  if (name !== undefined && more === 'queries') await readQueries(exchange);
  else if (name === undefined || !isQuery(exchange)) methodNotAllowed(exchange, 'GET,POST,HEAD');
  if (!hasMember(views, name)) throw notFound('missing_named_view');
  throw notImplemented(`${id}/_view`);
}

async function readQueries(exchange: Exchange): Promise<void> {
  if (exchange.method !== 'POST') methodNotAllowed(exchange, 'POST');
  const body = (await exchange.readJsonPost()) as JsonObject | undefined;
  if (body?.queries === undefined) {
    throw badRequest('POST body must include `queries` parameter.');
  }
}

function refuseFunction(
  id: string,
  design: JsonObject,
  kind: 'show' | 'list' | 'update',
  [name]: readonly string[],
): never {
  if (name === undefined) throw new CouchError(404, `${kind}_error`, INVALID_PATH);
  const functions = design[`${kind}s`];
  if (functions === undefined) throw notFound(`missing json key: ${kind}s`);
  if (!hasMember(functions, name)) throw notFound(`missing json key: ${name}`);
  throw notImplemented(`${id}/_${kind}`);
}

const hasMember = (value: unknown, name: string): boolean =>
  typeof value === 'object' && value !== null && Object.hasOwn(value, name);

function infoRoute(exchange: Exchange, id: string, design: JsonObject): void {
  if (!exchange.isRead) methodNotAllowed(exchange, 'GET');
  const { views = {}, language = 'javascript' } = design;
  const view_index = {
    updates_pending: { minimum: 0, preferred: 0, total: 0 },
    waiting_commit: false,
    waiting_clients: 0,
    updater_running: false,
    update_seq: 0,
    sizes: { file: 0, external: 0, active: 0 },
    signature: hash('md5', JSON.stringify(views)),
    purge_seq: 0,
    language,
    compact_running: false,
    collator_versions: [process.versions.unicode ?? ''],
  };
  exchange.json(200, { name: id.slice('_design/'.length), view_index });
}
