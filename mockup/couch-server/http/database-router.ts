/** Finds the route of a request inside a database, after finding out whether its asker may. */
import { noAccess, requireMember, requireServerAdmin, requireWriter } from '../auth/security.ts';
import { isServerAdmin } from '../auth/user.ts';
import { USER_PREFIX } from '../auth/user-documents.ts';
import { badRequest, CouchError, databaseMissing } from '../couch-error.ts';
import { checkDatabaseName } from '../store/directory-store.ts';
import { LOCAL } from '../store/local-documents.ts';
import type { SqliteDatabase } from '../store/sqlite-database.ts';
import * as absent from './absent-features.ts';
import { changesRoute } from './changes/changes-routes.ts';
import { type DatabaseHandler, methodNotAllowed, type ServerContext } from './context.ts';
import * as database from './databases/database-routes.ts';
import { explainRoute, findRoute } from './databases/find-routes.ts';
import { indexRoute } from './databases/index-routes.ts';
import { designEndpoint } from './design-routes.ts';
import { attachmentRoute } from './documents/attachment-routes.ts';
import { bulkGet } from './documents/bulk-get-routes.ts';
import { bulkDocs, missingRevs, purgeRoute, revsDiffRoute } from './documents/bulk-routes.ts';
import { documentRoute } from './documents/document-routes.ts';
import { localRoute } from './documents/local-routes.ts';
import type { Exchange } from './exchange.ts';
import { ownMember } from './own-member.ts';

interface DatabaseRoute {
  readonly handle: DatabaseHandler;
  /** Given where there is one method only. */
  readonly only?: 'POST';
  /** What may follow in the path; without it, a longer path names an attachment. */
  readonly under?: 'queries' | 'anything';
}

const DATABASE: { readonly [name: string]: DatabaseRoute } = {
  _all_docs: { handle: database.allDocs, under: 'queries' },
  _design_docs: { handle: database.designDocs, under: 'queries' },
  _local_docs: { handle: database.localDocs, under: 'queries' },
  _changes: { handle: changesRoute, under: 'anything' },
  _bulk_docs: { handle: bulkDocs, only: 'POST' },
  _bulk_get: { handle: bulkGet, only: 'POST' },
  _revs_diff: { handle: revsDiffRoute, only: 'POST' },
  _missing_revs: { handle: missingRevs, only: 'POST' },
  _purged_infos: { handle: database.purgedInfos },
  _purged_infos_limit: { handle: database.purgedInfosLimit },
  _purge: { handle: purgeRoute, only: 'POST' },
  _find: { handle: findRoute, only: 'POST', under: 'anything' },
  _explain: { handle: explainRoute, only: 'POST', under: 'anything' },
  _index: { handle: indexRoute, under: 'anything' },
  _ensure_full_commit: { handle: database.ensureFullCommit, only: 'POST' },
  _compact: { handle: database.compact, only: 'POST', under: 'anything' },
  _view_cleanup: { handle: database.viewCleanup, only: 'POST', under: 'anything' },
  _revs_limit: { handle: database.revsLimit },
  _security: { handle: database.securityRoute },
  _shards: { handle: absent.shards, under: 'anything' },
  _sync_shards: { handle: absent.nothingToClean, only: 'POST', under: 'anything' },
  _temp_view: { handle: absent.temporaryView, under: 'anything' },
  _partition: { handle: absent.partition, under: 'anything' },
  _nouveau_cleanup: { handle: absent.nothingToClean, only: 'POST', under: 'anything' },
};

/** The route that this path means; undefined where it names a document or an attachment. */
function endpointOf([, second = '', third, ...more]: readonly string[]):
  | DatabaseRoute
  | undefined {
  const found = ownMember(DATABASE, second);
  if (third === undefined || found?.under === 'anything') return found;
  return found?.under === third && more.length === 0 ? found : undefined;
}

export function routeDatabase(
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
  const endpoint = endpointOf(segments);
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
    return underDesign(exchange, context, found, id, rest);
  }
  return routeDocument(exchange, context, found, id, rest);
}

async function underDesign(
  exchange: Exchange,
  context: ServerContext,
  found: SqliteDatabase,
  id: string,
  rest: readonly string[],
): Promise<void> {
  if (await designEndpoint(exchange, found, id, rest)) return;
  await routeDocument(exchange, context, found, id, rest);
}

function routeDocument(
  exchange: Exchange,
  context: ServerContext,
  found: SqliteDatabase,
  id: string,
  rest: readonly string[],
): void | Promise<void> {
  if (!exchange.isRead) requireWriter(exchange.user, found, id);
  if (rest.length === 0) return documentRoute(exchange, context, found, id);
  return attachmentRoute(exchange, context, found, id, rest.join('/'));
}
