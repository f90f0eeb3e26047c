/** Endpoints of the server itself. */
import { requireServerAdmin } from '../auth/security.ts';
import { badRequest, CouchError } from '../couch-error.ts';
import type { JsonObject } from '../store/database.ts';
import { type Handler, methodNotAllowed } from './context.ts';
import { infoOf } from './database-routes.ts';
import { sendDbUpdates } from './db-updates.ts';
import { prometheusText, statsOf } from './metrics-text.ts';
import { count, flag, inclusiveEnd, jsonValue } from './query.ts';
import { nextUuid } from './uuids.ts';

const MAX_UUIDS = 1000;
const MAX_INFOS = 100;

export const welcome: Handler = (exchange, { store, version }) => {
  if (!exchange.isRead) methodNotAllowed(exchange, 'GET,HEAD');
  const vendor = { name: 'draws-mockup embedded server' };
  const { uuid } = store;
  exchange.json(200, { couchdb: 'Welcome', version, uuid, features: ['scheduler'], vendor });
};

export const up: Handler = (exchange) => {
  if (!exchange.isRead) methodNotAllowed(exchange, 'GET,HEAD');
  exchange.json(200, { status: 'ok', seeds: {} });
};

export const uuids: Handler = (exchange) => {
  if (!exchange.isRead) methodNotAllowed(exchange, 'GET');
  const given = exchange.query.get('count') ?? '1';
  if (!/^\d{1,15}$/.test(given)) throw badRequest('Invalid `count` parameter');
  const wanted = Number(given);
  if (wanted > MAX_UUIDS) throw badRequest('count parameter too large');
  const headers = { 'Cache-Control': 'no-cache' };
  exchange.json(200, { uuids: Array.from({ length: wanted }, nextUuid) }, headers);
};

export const allDbs: Handler = (exchange, { store }) => {
  if (!exchange.isRead) methodNotAllowed(exchange, 'GET,HEAD');
  requireServerAdmin(exchange.user);
  exchange.json(200, selectedNames(store.databaseNames(), exchange.query));
};

function selectedNames(names: readonly string[], query: URLSearchParams): string[] {
  const key = jsonValue(query, 'key');
  const start = key ?? jsonValue(query, 'startkey', 'start_key');
  const end = key ?? jsonValue(query, 'endkey', 'end_key');
  const keys = jsonValue(query, 'keys');
  const descending = flag(query, 'descending');
  const inclusive = inclusiveEnd(query);
  const [low, high] = descending ? [end, start] : [start, end];
  const inRange = names.filter(
    (name) =>
      (typeof low !== 'string' || name >= low) &&
      (typeof high !== 'string' || name <= high) &&
      (inclusive || name !== end) &&
      (!Array.isArray(keys) || keys.includes(name)),
  );
  if (descending) inRange.reverse();
  const skip = count(query, 'skip') ?? 0;
  return inRange.slice(skip, skip + (count(query, 'limit') ?? inRange.length));
}

export const dbsInfo: Handler = async (exchange, { store }) => {
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

export const activeTasks: Handler = (exchange, { extension, store }) => {
  if (!exchange.isRead) methodNotAllowed(exchange, 'GET,HEAD');
  requireServerAdmin(exchange.user);
  const compactions = store.openDatabases().filter((database) => database.info().compactRunning);
  const tasks = compactions.map(({ name }) => ({ type: 'database_compaction', database: name }));
  exchange.json(200, [...tasks, ...(extension?.activeTasks() ?? [])]);
};

/** `/_node/_local/_stats`, `/_node/_local/_prometheus` and `/_node/_local/_system`. */
export const node: Handler = async (exchange, context) => {
  requireServerAdmin(exchange.user);
  if (!exchange.isRead) methodNotAllowed(exchange, 'GET,HEAD');
  const [, name, what] = exchange.segments;
  if (name !== '_local' && name !== 'nonode@nohost') throw notThere();
  if (what === undefined) return exchange.json(200, { name: 'nonode@nohost' });
  if (what === '_stats') return exchange.json(200, statsOf(context));
  if (what === '_system') return exchange.json(200, { memory: process.memoryUsage() });
  if (what !== '_prometheus') throw notThere();
  exchange.res.setHeader('Content-Type', 'text/plain; version=0.0.4');
  exchange.res.end(exchange.method === 'HEAD' ? undefined : prometheusText(context));
};

const notThere = (): CouchError => new CouchError(404, 'not_found', 'missing');

export const membership: Handler = (exchange) => {
  requireServerAdmin(exchange.user);
  if (!exchange.isRead) methodNotAllowed(exchange, 'GET,HEAD');
  const nodes = ['nonode@nohost'];
  exchange.json(200, { all_nodes: nodes, cluster_nodes: nodes });
};

/** The latest event of each database since the server started. */
export const dbUpdates: Handler = (exchange, context) => {
  requireServerAdmin(exchange.user);
  if (!exchange.isRead) methodNotAllowed(exchange, 'GET');
  sendDbUpdates(exchange, context);
};
