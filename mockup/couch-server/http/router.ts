/** Finds the route of a request, after finding out who asks and whether he may. */
import { requireServerAdmin } from '../auth/security.ts';
import { isServerAdmin } from '../auth/user.ts';
import * as absent from './absent-features.ts';
import type { RouteHandler, ServerContext } from './context.ts';
import { routeDatabase } from './database-router.ts';
import type { Exchange } from './exchange.ts';
import { node } from './node-routes.ts';
import { ownMember } from './own-member.ts';
import * as server from './server/server-routes.ts';
import { sessionRoute } from './server/session-routes.ts';

/** Those that anybody may ask. */
const OPEN: { readonly [name: string]: RouteHandler } = {
  _up: server.up,
  _session: sessionRoute,
  _uuids: server.uuids,
  'favicon.ico': absent.noFile,
  _utils: absent.noFile,
};

const SERVER: { readonly [name: string]: RouteHandler } = {
  _all_dbs: server.allDbs,
  _dbs_info: server.dbsInfo,
  _active_tasks: server.activeTasks,
  _db_updates: server.dbUpdates,
  _membership: server.membership,
  _node: node,
  _reshard: absent.reshard,
  _cluster_setup: absent.clusterSetup,
  _search_analyze: absent.searchAnalyze,
  _nouveau_analyze: absent.nouveauAnalyze,
};

/** Throws CouchError for all that is refused. */
export function route(exchange: Exchange, context: ServerContext): void | Promise<void> {
  const [first] = exchange.segments;
  if (first === undefined || first === '') return server.welcome(exchange, context);
  const open = ownMember(OPEN, first);
  if (open) return open(exchange, context);
  const known = ownMember(SERVER, first);
  if (known) {
    if (exchange.user.name === null && !isServerAdmin(exchange.user)) {
      requireServerAdmin(exchange.user);
    }
    return known(exchange, context);
  }
  if (context.extension?.paths.includes(first)) return askExtension(exchange, context);
  return routeDatabase(exchange, context, first);
}

async function askExtension(exchange: Exchange, context: ServerContext): Promise<void> {
  requireServerAdmin(exchange.user);
  const { method, segments, query } = exchange;
  const stop = new AbortController();
  const gone = (): void => stop.abort();
  exchange.res.on('close', gone);
  const body = method === 'POST' || method === 'PUT' ? await exchange.readJsonPost() : undefined;
  const request = { method, segments, query, body, signal: stop.signal };
  const answer = await context.extension?.handle(request);
  if (!answer || exchange.res.destroyed) return;
  exchange.json(answer.status, answer.body, answer.headers);
}
