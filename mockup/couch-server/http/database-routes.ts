/** `/db` and its small endpoints. */
import { checkSecurity, requireDatabaseAdmin, requireServerAdmin } from '../auth/security.ts';
import { badRequest, databaseMissing } from '../couch-error.ts';
import type { SqliteDatabase } from '../store/sqlite-database.ts';
import { postDocument } from './bulk-routes.ts';
import { type DatabaseHandler, methodNotAllowed, type ServerContext } from './context.ts';
import type { Exchange } from './exchange.ts';
import { listing, parseListing } from './listing.ts';
import { encodeSegment } from './path.ts';
import { sendPieces } from './stream.ts';

export function createDatabase(exchange: Exchange, context: ServerContext, name: string): void {
  requireServerAdmin(exchange.user);
  context.store.createDatabase(name);
  const location = exchange.location(`/${encodeSegment(name)}`);
  exchange.json(201, { ok: true }, { Location: location });
}

export function deleteDatabase(exchange: Exchange, context: ServerContext, name: string): void {
  requireServerAdmin(exchange.user);
  if (exchange.query.has('rev')) {
    throw badRequest(
      'You tried to DELETE a database with a ?rev= parameter. Did you mean a document?',
    );
  }
  if (!context.store.database(name)) throw databaseMissing();
  context.store.deleteDatabase(name);
  exchange.json(200, { ok: true });
}

export const databaseRoute: DatabaseHandler = (exchange, context, database) => {
  if (exchange.isRead) return exchange.json(200, infoOf(database));
  if (exchange.method === 'POST') return postDocument(exchange, context, database);
  methodNotAllowed(exchange, 'DELETE,GET,HEAD,POST');
};

/** What `GET /db` tells. */
export function infoOf(database: SqliteDatabase): object {
  const info = database.info();
  return {
    instance_start_time: String(Math.floor(info.createdAt / 1000)),
    db_name: database.name,
    purge_seq: info.purgeSeq,
    update_seq: info.updateSeq,
    sizes: info.sizes,
    props: {},
    doc_del_count: info.docDelCount,
    doc_count: info.docCount,
    disk_format_version: 8,
    compact_running: info.compactRunning,
    cluster: { q: 1, n: 1, w: 1, r: 1 },
  };
}

export const allDocs: DatabaseHandler = async (exchange, _context, database) => {
  await sendListing(exchange, database);
};

export const designDocs: DatabaseHandler = async (exchange, _context, database) => {
  await sendListing(exchange, database, { from: '_design/', to: '_design0' });
};

async function sendListing(
  exchange: Exchange,
  database: SqliteDatabase,
  bounds?: { readonly from: string; readonly to: string },
): Promise<void> {
  if (!exchange.isRead && exchange.method !== 'POST') methodNotAllowed(exchange, 'GET,HEAD,POST');
  const body = exchange.method === 'POST' ? await exchange.readJsonPost() : undefined;
  if (exchange.segments[2] === 'queries') return sendQueries(exchange, database, body, bounds);
  await sendPieces(exchange, listing(database, parseListing(exchange.query, body), bounds));
}

async function sendQueries(
  exchange: Exchange,
  database: SqliteDatabase,
  body: unknown,
  bounds: { readonly from: string; readonly to: string } | undefined,
): Promise<void> {
  const given = (body as { queries?: unknown } | undefined)?.queries;
  if (!Array.isArray(given)) throw badRequest('`queries` must be a list');
  const queries = given.map((one) => parseListing(exchange.query, one));
  function* pieces(): Generator<string> {
    yield '{"results":[';
    let separator = '';
    for (const query of queries) {
      yield separator;
      // CouchDB gives 0 here where a listing by keys alone has null.
      yield* query.keys
        ? [...listing(database, query, bounds)].map((text, n) =>
            n === 0 ? text.replace('"offset":null', '"offset":0') : text,
          )
        : listing(database, query, bounds);
      separator = ',';
    }
    yield ']}';
  }
  await sendPieces(exchange, pieces());
}

export const localDocs: DatabaseHandler = async (exchange, _context, database) => {
  if (!exchange.isRead && exchange.method !== 'POST') methodNotAllowed(exchange, 'GET,HEAD,POST');
  const rows = database.local.list().map(({ id, rev }) => ({ id, key: id, value: { rev } }));
  exchange.json(200, { total_rows: null, offset: null, rows });
};

export const ensureFullCommit: DatabaseHandler = async (exchange, _context, database) => {
  await exchange.readJsonPost();
  const started = String(Math.floor(database.info().createdAt / 1000));
  exchange.json(201, { ok: true, instance_start_time: started });
};

export const compact: DatabaseHandler = async (exchange, context, database) => {
  requireDatabaseAdmin(exchange.user, database);
  await exchange.readJsonPost();
  database.compact().catch((error: unknown) => context.log('compaction failed', error));
  exchange.json(202, { ok: true });
};

/** Nothing to clean: indexes of dropped design documents go with them. */
export const viewCleanup: DatabaseHandler = async (exchange, _context, database) => {
  requireDatabaseAdmin(exchange.user, database);
  await exchange.readJsonPost();
  exchange.json(202, { ok: true });
};

export const revsLimit: DatabaseHandler = async (exchange, _context, database) => {
  if (exchange.isRead) return exchange.json(200, database.revsLimit());
  if (exchange.method !== 'PUT') methodNotAllowed(exchange, 'GET,PUT');
  requireDatabaseAdmin(exchange.user, database);
  await database.setRevsLimit((await exchange.readJson()) as number);
  exchange.json(200, { ok: true });
};

export const securityRoute: DatabaseHandler = async (exchange, _context, database) => {
  if (exchange.isRead) return exchange.json(200, database.security());
  if (exchange.method !== 'PUT') methodNotAllowed(exchange, 'GET,PUT');
  requireDatabaseAdmin(exchange.user, database);
  await database.setSecurity(checkSecurity(await exchange.readJson()));
  exchange.json(200, { ok: true });
};
