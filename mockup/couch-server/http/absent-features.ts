/**
 * Parts of CouchDB that are not here: answered as a CouchDB answers that has them switched off, so
 * that programs which look for them go on. Fauxton, search, resharding, partitions, temporary views.
 */
import { requireServerAdmin } from '../auth/security.ts';
import { badRequest, CouchError, notFound } from '../couch-error.ts';
import { type DatabaseHandler, methodNotAllowed, type RouteHandler } from './context.ts';
import type { Exchange } from './exchange.ts';
import { NODE } from './node-routes.ts';

/** Files of the web interface. */
export const noFile: RouteHandler = (exchange) => {
  if (!exchange.isRead) methodNotAllowed(exchange, 'GET,HEAD');
  const [path = ''] = (exchange.req.url ?? '').split('?', 1);
  if (path === '/_utils') return exchange.redirect('/_utils/');
  const text = 'Not found.';
  exchange.res.writeHead(404, { 'Content-Type': 'text/plain', 'Content-Length': text.length });
  exchange.res.end(exchange.method === 'HEAD' ? undefined : text);
};

const NOTHING = { completed: 0, failed: 0, running: 0, stopped: 0, total: 0 };

export const reshard: RouteHandler = (exchange) => {
  requireServerAdmin(exchange.user);
  const [, what, ...rest] = exchange.segments;
  if (what === undefined) {
    if (!exchange.isRead) methodNotAllowed(exchange, 'GET,HEAD');
    return exchange.json(200, { state: 'stopped', state_reason: null, ...NOTHING });
  }
  if (what === 'state' && rest.length === 0) {
    if (exchange.method === 'PUT') throw cannotReshard();
    if (!exchange.isRead) methodNotAllowed(exchange, 'GET,HEAD,PUT');
    return exchange.json(200, { state: 'stopped', reason: null });
  }
  if (what !== 'jobs') throw notFound('missing');
  if (rest.length === 0) {
    if (exchange.method === 'POST') throw cannotReshard();
    if (!exchange.isRead) methodNotAllowed(exchange, 'GET,HEAD,POST');
    return exchange.json(200, { total_rows: 0, offset: 0, jobs: [] });
  }
  if (!exchange.isRead && exchange.method !== 'DELETE') {
    methodNotAllowed(exchange, 'GET,HEAD,DELETE');
  }
  throw notFound('missing');
};

const cannotReshard = (): CouchError =>
  new CouchError(501, 'not_implemented', 'A database of this server is one shard.');

export const clusterSetup: RouteHandler = (exchange) => {
  requireServerAdmin(exchange.user);
  if (exchange.isRead) return exchange.json(200, { state: 'single_node_enabled' });
  if (exchange.method !== 'POST') methodNotAllowed(exchange, 'GET,POST');
  throw new CouchError(501, 'not_implemented', 'This server is one node.');
};

export const searchAnalyze: RouteHandler = (exchange) => searchUnavailable(exchange, 'GET,POST');

export const nouveauAnalyze: RouteHandler = (exchange) => {
  if (exchange.method !== 'POST') methodNotAllowed(exchange, 'POST');
  throw notFound('missing');
};

/** Throws CouchError 405, 503. */
export function searchUnavailable(exchange: Exchange, methods: string): never {
  if (!methods.split(',').includes(exchange.method) && exchange.method !== 'HEAD') {
    methodNotAllowed(exchange, methods);
  }
  throw new CouchError(503, 'service unavailable', 'Search is not available');
}

export const temporaryView: DatabaseHandler = () => {
  throw new CouchError(410, 'gone', 'Temporary views are not supported in CouchDB');
};

export const nothingToClean: DatabaseHandler = (exchange) => exchange.json(202, { ok: true });

/** Each database is one shard. */
export const shards: DatabaseHandler = (exchange) => {
  if (!exchange.isRead) methodNotAllowed(exchange, 'GET');
  const range = '00000000-ffffffff';
  const whole = exchange.segments.length === 2;
  exchange.json(200, whole ? { shards: { [range]: [NODE] } } : { range, nodes: [NODE] });
};

export const partition: DatabaseHandler = (exchange) => {
  const depth = exchange.segments.length;
  if (depth === 2) throw badRequest('invalid_partition_req');
  if (depth === 3 && !exchange.isRead) methodNotAllowed(exchange, 'GET');
  throw badRequest('database is not partitioned');
};
