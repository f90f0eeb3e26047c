/** Finds the route of a request, after finding out who asks and whether he may. */
import { noAccess, requireMember, requireServerAdmin, requireWriter } from '../auth/security.ts';
import { isServerAdmin } from '../auth/user.ts';
import { USER_PREFIX } from '../auth/user-documents.ts';
import {
  badRequest,
  CouchError,
  databaseMissing,
  notFound,
  notImplemented,
} from '../couch-error.ts';
import { checkDatabaseName } from '../store/directory-store.ts';
import { LOCAL } from '../store/local-documents.ts';
import type { SqliteDatabase } from '../store/sqlite-database.ts';
import { attachmentRoute } from './attachment-routes.ts';
import { bulkGet } from './bulk-get-routes.ts';
import { bulkDocs, missingRevs, purgeRoute, revsDiffRoute } from './bulk-routes.ts';
import { changesRoute } from './changes-routes.ts';
import {
  type DatabaseHandler,
  type Handler,
  methodNotAllowed,
  type ServerContext,
} from './context.ts';
import * as database from './database-routes.ts';
import { documentRoute } from './document-routes.ts';
import type { Exchange } from './exchange.ts';
import { explainRoute, findRoute } from './find-routes.ts';
import { indexRoute } from './index-routes.ts';
import { localRoute } from './local-routes.ts';
import * as server from './server-routes.ts';
import { sessionRoute } from './session-routes.ts';

/** Those that anybody may ask. */
const OPEN: { readonly [name: string]: Handler } = {
  _up: server.up,
  _session: sessionRoute,
  _uuids: server.uuids,
};

const SERVER: { readonly [name: string]: Handler } = {
  _all_dbs: server.allDbs,
  _dbs_info: server.dbsInfo,
  _active_tasks: server.activeTasks,
  _db_updates: server.dbUpdates,
  _membership: server.membership,
  _node: server.node,
};

interface DatabaseRoute {
  readonly handle: DatabaseHandler;
  /** Given where there is one method only. */
  readonly only?: 'POST';
}

const DATABASE: { readonly [name: string]: DatabaseRoute } = {
  _all_docs: { handle: database.allDocs },
  _design_docs: { handle: database.designDocs },
  _local_docs: { handle: database.localDocs },
  _changes: { handle: changesRoute },
  _bulk_docs: { handle: bulkDocs, only: 'POST' },
  _bulk_get: { handle: bulkGet, only: 'POST' },
  _revs_diff: { handle: revsDiffRoute, only: 'POST' },
  _missing_revs: { handle: missingRevs, only: 'POST' },
  _purged_infos: { handle: database.purgedInfos },
  _purged_infos_limit: { handle: database.purgedInfosLimit },
  _purge: { handle: purgeRoute, only: 'POST' },
  _find: { handle: findRoute, only: 'POST' },
  _explain: { handle: explainRoute, only: 'POST' },
  _index: { handle: indexRoute },
  _ensure_full_commit: { handle: database.ensureFullCommit, only: 'POST' },
  _compact: { handle: database.compact, only: 'POST' },
  _view_cleanup: { handle: database.viewCleanup, only: 'POST' },
  _revs_limit: { handle: database.revsLimit },
  _security: { handle: database.securityRoute },
};

/** Throws CouchError for all that is refused. */
export function route(exchange: Exchange, context: ServerContext): void | Promise<void> {
  const [first] = exchange.segments;
  if (first === undefined || first === '') return server.welcome(exchange, context);
  const open = own(OPEN, first);
  if (open) return open(exchange, context);
  const known = own(SERVER, first);
  if (known) {
    if (exchange.user.name === null && !isServerAdmin(exchange.user)) {
      requireServerAdmin(exchange.user);
    }
    return known(exchange, context);
  }
  if (context.extension?.paths.includes(first)) return askExtension(exchange, context);
  return routeDatabase(exchange, context, first);
}

function own<T>(table: { readonly [name: string]: T }, name: string): T | undefined {
  return Object.hasOwn(table, name) ? table[name] : undefined;
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

function routeDatabase(
  exchange: Exchange,
  context: ServerContext,
  name: string,
): void | Promise<void> {
  const { method, segments, user } = exchange;
  const whole = segments.length === 1;
  if (whole && method === 'PUT') {
    requireServerAdmin(user);
    checkDatabaseName(name);
    return database.createDatabase(exchange, context, name);
  }
  if (whole && method === 'DELETE') return database.deleteDatabase(exchange, context, name);
  const found = context.store.database(name);
  if (!found) throw databaseMissing();
  if (FOR_SERVER_ADMINS.has(segments[1] ?? '')) requireServerAdmin(user);
  // Its documents act with the server's own rights, and hold passwords.
  if (name === '_replicator' && !isServerAdmin(user)) throw refused(exchange);
  if (name === '_users' && !isServerAdmin(user)) requireOwnDocument(exchange);
  else requireMember(user, found);
  if (whole) return database.databaseRoute(exchange, context, found);
  return routeInside(exchange, context, found);
}

const FOR_SERVER_ADMINS = new Set(['_purge', '_purged_infos_limit']);

/** In `_users` everybody sees himself alone. */
function requireOwnDocument(exchange: Exchange): void {
  const { segments, user, method, query } = exchange;
  const mine = user.name !== null && segments[1] === USER_PREFIX + user.name;
  // A second branch would bring back roles that were taken away.
  const branches = query.get('new_edits') === 'false';
  if (segments.length !== 2 || !mine || branches || method === 'DELETE' || method === 'COPY') {
    throw refused(exchange);
  }
}

/** Lists of a system database are for administrators alone, and say so. */
function refused({ user, segments }: Exchange): CouchError {
  const list = ['_all_docs', '_changes'].includes(segments[1] ?? '');
  if (!list) return noAccess(user);
  return new CouchError(401, 'unauthorized', 'You are not a server admin.');
}

function routeInside(
  exchange: Exchange,
  context: ServerContext,
  found: SqliteDatabase,
): void | Promise<void> {
  const { segments } = exchange;
  const second = segments[1] as string;
  const endpoint = own(DATABASE, second);
  if (endpoint) {
    if (endpoint.only && exchange.method !== endpoint.only)
      methodNotAllowed(exchange, endpoint.only);
    return endpoint.handle(exchange, context, found);
  }
  const scoped = second === '_design' || second === '_local';
  // `_design` alone is taken for an id, which is not allowed, and refused as such.
  const id = scoped && segments[2] ? `${second}/${segments[2]}` : second;
  const rest = segments.slice(scoped ? 3 : 2);
  if (second === '_local' || second === LOCAL) {
    if (!segments[2]) throw badRequest('Invalid _local document id.');
  }
  if (id.startsWith(LOCAL)) {
    if (rest.length > 0) throw badRequest('_local documents do not accept attachments.');
    return localRoute(exchange, context, found, id);
  }
  if (second.startsWith('_design/') && exchange.isRead) {
    // The slash of a design document's id is not encoded: such an address has one right form.
    const [path = '', search] = (exchange.req.url ?? '').split('?', 2);
    const right = path.replace(/_design%2F/i, '_design/');
    return exchange.redirect(search === undefined ? right : `${right}?${search}`);
  }
  if (second === '_design' && segments[2] && rest[0]?.startsWith('_')) {
    designEndpoint(found, id, rest);
  }
  if (!exchange.isRead) requireWriter(exchange.user, found, id);
  if (rest.length === 0) return documentRoute(exchange, context, found, id);
  return attachmentRoute(exchange, context, found, id, rest.join('/'));
}

/** Anything else under a design document is an attachment of it. */
const DESIGN_ACTIONS = new Set(['_view', '_show', '_list', '_update', '_info', '_rewrite']);

/** Views, shows, lists and updates are JavaScript; one that is not there is told so first. */
function designEndpoint(found: SqliteDatabase, id: string, rest: readonly string[]): void {
  const row = found.reader.row(id);
  if (!row || row.deleted) throw notFound(row ? 'deleted' : 'missing');
  if (rest[0] === '_view') {
    const { views } = JSON.parse(row.body) as { views?: { [name: string]: unknown } };
    if (!views || !Object.hasOwn(views, rest[1] ?? '')) throw notFound('missing_named_view');
  }
  if (!DESIGN_ACTIONS.has(rest[0] ?? '')) return;
  throw notImplemented(`${id}/${rest[0]}`);
}
