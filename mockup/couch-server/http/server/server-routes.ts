/** Endpoints of the server itself. */
import { requireServerAdmin } from '../../auth/security.ts';
import { badRequest, CouchError } from '../../couch-error.ts';
import type { JsonObject } from '../../json-object.ts';
import { sendDbUpdates } from '../changes/db-updates.ts';
import { methodNotAllowed, type RouteHandler } from '../context.ts';
import { infoOf } from '../databases/database-routes.ts';
import { parseListing } from '../documents/listing-query.ts';
import { NODE } from '../node-routes.ts';
import { jsonValue } from '../wire/query.ts';
import { nextUuid } from '../wire/uuids.ts';

const MAX_UUIDS = 1000;
const MAX_INFOS = 100;

export const welcome: RouteHandler = (exchange, { store, version }) => {
  if (!exchange.isRead) methodNotAllowed(exchange, 'GET,HEAD');
  const vendor = { name: 'draws-mockup embedded server' };
  const { uuid } = store;
  exchange.json(200, { couchdb: 'Welcome', version, uuid, features: ['scheduler'], vendor });
};

export const up: RouteHandler = (exchange) => {
  if (!exchange.isRead) methodNotAllowed(exchange, 'GET,HEAD');
  exchange.json(200, { status: 'ok', seeds: {} });
};

export const uuids: RouteHandler = (exchange) => {
  if (!exchange.isRead) methodNotAllowed(exchange, 'GET');
  const given = exchange.query.get('count') ?? '1';
  if (!/^\d{1,15}$/.test(given)) throw badRequest('Invalid `count` parameter');
  const wanted = Number(given);
  if (wanted > MAX_UUIDS) throw badRequest('count parameter too large');
  const headers = { 'Cache-Control': 'no-cache' };
  exchange.json(200, { uuids: Array.from({ length: wanted }, nextUuid) }, headers);
};

export const allDbs: RouteHandler = (exchange, { store }) => {
  if (!exchange.isRead) methodNotAllowed(exchange, 'GET,HEAD');
  requireServerAdmin(exchange.user);
  exchange.json(200, selectedNames(store.databaseNames(), exchange.query));
};

function selectedNames(names: readonly string[], query: URLSearchParams): string[] {
  if (query.has('keys') && !Array.isArray(jsonValue(query, 'keys'))) {
    const reason = '`keys` must be an array of strings.';
    throw new CouchError(400, 'query_parse_error', reason);
  }
  const { low, high, lowInclusive, highInclusive, descending, skip, limit, keys } = parseListing(
    query,
    undefined,
  );
  const inRange = names.filter(
    (name) =>
      (low === undefined || name > low || (lowInclusive && name === low)) &&
      (high === undefined || name < high || (highInclusive && name === high)) &&
      (!keys || keys.includes(name)),
  );
  if (descending) inRange.reverse();
  return inRange.slice(skip, skip + limit);
}

export const dbsInfo: RouteHandler = async (exchange, { store }) => {
  requireServerAdmin(exchange.user);
  if (exchange.isRead) {
    const names = selectedNames(store.databaseNames(), exchange.query);
    return exchange.json(200, names.map(entry));
  }
  if (exchange.method !== 'POST') methodNotAllowed(exchange, 'GET,HEAD,POST');
  const { keys } = ((await exchange.readJsonPost()) ?? {}) as JsonObject;
  if (!Array.isArray(keys)) throw new CouchError(400, 'bad_request', '`keys` member must exist.');
  if (keys.length > MAX_INFOS) {
    throw badRequest('too_many_keys');
  }
  exchange.json(200, keys.map(entry));

  function entry(key: unknown): object {
    const database = typeof key === 'string' ? store.database(key) : undefined;
    return database ? { key, info: infoOf(database) } : { key, error: 'not_found' };
  }
};

export const activeTasks: RouteHandler = (exchange, { extension, store }) => {
  if (!exchange.isRead) methodNotAllowed(exchange, 'GET,HEAD');
  requireServerAdmin(exchange.user);
  const compactions = store.openDatabases().filter((database) => database.info().compactRunning);
  const tasks = compactions.map(({ name }) => ({ type: 'database_compaction', database: name }));
  exchange.json(200, [...tasks, ...(extension?.activeTasks() ?? [])]);
};

export const membership: RouteHandler = (exchange) => {
  requireServerAdmin(exchange.user);
  if (!exchange.isRead) methodNotAllowed(exchange, 'GET');
  const nodes = [NODE];
  exchange.json(200, { all_nodes: nodes, cluster_nodes: nodes });
};

/** The latest event of each database since the server started. */
export const dbUpdates: RouteHandler = (exchange, context) => {
  requireServerAdmin(exchange.user);
  if (!exchange.isRead) methodNotAllowed(exchange, 'GET');
  sendDbUpdates(exchange, context);
};
