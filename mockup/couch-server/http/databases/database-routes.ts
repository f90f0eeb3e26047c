/** `/db` and its small endpoints. */
import {
  checkSecurity,
  requireDatabaseAdmin,
  requireMaintainer,
  requireServerAdmin,
} from '../../auth/security.ts';
import { badRequest, CouchError, databaseMissing, notFound } from '../../couch-error.ts';
import type { SqliteDatabase } from '../../store/sqlite-database.ts';
import { type DatabaseHandler, methodNotAllowed, type ServerContext } from '../context.ts';
import { postDocument } from '../documents/bulk-routes.ts';
import { type Bounds, listing } from '../documents/listing.ts';
import {
  type ListingQuery,
  parseListing,
  parseListingOfMany,
} from '../documents/listing-query.ts';
import { localListing } from '../documents/local-listing.ts';
import type { Exchange } from '../exchange.ts';
import { encodeSegment } from '../wire/path.ts';
import { sendPieces } from '../wire/stream.ts';

/** Each of them may be answered by the whole database. */
const QUERIES_MAX = 1000;

export function createDatabase(exchange: Exchange, context: ServerContext, name: string): void {
  requireServerAdmin(exchange.user);
  checkPlacement(exchange.query);
  context.store.createDatabase(name);
  const location = exchange.location(`/${encodeSegment(name)}`);
  exchange.json(201, { ok: true }, { Location: location });
}

/** What a cluster would do with these is no matter here; a mistake in them is. Throws CouchError 400. */
function checkPlacement(query: URLSearchParams): void {
  for (const name of ['n', 'q']) {
    if (/^[1-9]\d{0,8}$/.test(query.get(name) ?? '1')) continue;
    throw badRequest(`The \`${name}\` value should be a positive integer.`);
  }
  if (!/^[^:,]+:[1-9]\d*(,[^:,]+:[1-9]\d*)*$/.test(query.get('placement') ?? 'z:1')) {
    throw badRequest('The `placement` value should be in a format `zone:n`.');
  }
  if ((query.get('engine') ?? 'couch') !== 'couch') throw badRequest('invalid_engine_extension');
  const partitioned = query.get('partitioned') ?? 'false';
  if (partitioned === 'true')
    throw new CouchError(501, 'not_implemented', 'This server has no partitioned databases.');
  if (partitioned !== 'false') throw badRequest('Invalid `partitioned` parameter');
}

export function deleteDatabase(exchange: Exchange, context: ServerContext, name: string): void {
  requireServerAdmin(exchange.user);
  if (exchange.query.has('rev')) {
    throw badRequest(
      'You tried to DELETE a database with a ?=rev parameter. Did you mean to DELETE a document instead?',
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
  bounds?: Bounds,
): Promise<void> {
  if (exchange.segments[2] === 'queries') {
    const queries = await readQueries(exchange);
    return sendQueries(exchange, queries, (query) => listing(database, query, bounds));
  }
  if (!exchange.isRead && exchange.method !== 'POST') methodNotAllowed(exchange, 'GET,HEAD,POST');
  const body = exchange.method === 'POST' ? await exchange.readJsonBody() : undefined;
  await sendPieces(exchange, listing(database, parseListing(exchange.query, body), bounds));
}

/** Several listings asked for in one request. Throws CouchError 400, 405. */
async function readQueries(exchange: Exchange): Promise<ListingQuery[]> {
  if (exchange.method !== 'POST') methodNotAllowed(exchange, 'POST');
  const body = (await exchange.readJson()) as { queries?: unknown } | null;
  const given = body?.queries;
  if (given === undefined) throw badRequest('POST body must include `queries` parameter.');
  if (!Array.isArray(given)) throw badRequest('`queries` must be a list');
  if (given.length > QUERIES_MAX)
    throw badRequest(`at most ${QUERIES_MAX} queries in one request`);
  return given.map((one) => parseListingOfMany(exchange.query, one));
}

async function sendQueries(
  exchange: Exchange,
  queries: readonly ListingQuery[],
  answer: (query: ListingQuery) => Iterable<string>,
): Promise<void> {
  function* pieces(): Generator<string> {
    yield '{"results":[';
    let separator = '';
    for (const query of queries) {
      yield separator;
      yield* answer(query);
      separator = ',';
    }
    yield ']}';
  }
  await sendPieces(exchange, pieces());
}

export const localDocs: DatabaseHandler = async (exchange, _context, database) => {
  if (exchange.segments[2] === 'queries') {
    const queries = await readQueries(exchange);
    return sendQueries(exchange, queries, (query) => localListing(database, query));
  }
  if (!exchange.isRead && exchange.method !== 'POST') methodNotAllowed(exchange, 'GET,HEAD,POST');
  const body = exchange.method === 'POST' ? await exchange.readJsonBody() : undefined;
  await sendPieces(exchange, localListing(database, parseListing(exchange.query, body)));
};

export const ensureFullCommit: DatabaseHandler = async (exchange, _context, database) => {
  await exchange.readJsonPost();
  const started = String(Math.floor(database.info().createdAt / 1000));
  exchange.json(201, { ok: true, instance_start_time: started });
};

/** What was purged, oldest first. */
export const purgedInfos: DatabaseHandler = (exchange, _context, database) => {
  if (!exchange.isRead) methodNotAllowed(exchange, 'GET');
  exchange.json(200, { purged_infos: database.purges.list() });
};

export const purgedInfosLimit: DatabaseHandler = async (exchange, _context, database) => {
  if (exchange.isRead) return exchange.json(200, database.purges.limit());
  if (exchange.method !== 'PUT') methodNotAllowed(exchange, 'GET,PUT');
  const limit = await exchange.readJson();
  if (!Number.isSafeInteger(limit) || (limit as number) < 1) {
    throw badRequest('`purged_infos_limit` must be positive integer');
  }
  await database.purges.setLimit(limit as number);
  exchange.json(200, { ok: true });
};

export const compact: DatabaseHandler = async (exchange, context, database) => {
  requireMaintainer(exchange.user, database);
  await exchange.readJsonPost();
  if (exchange.segments[2] !== undefined) throw notFound('missing');
  database.compact().catch((error: unknown) => context.log('compaction failed', error));
  exchange.json(202, { ok: true });
};

/** Nothing to clean: indexes of dropped design documents go with them. */
export const viewCleanup: DatabaseHandler = async (exchange, _context, database) => {
  requireMaintainer(exchange.user, database);
  await exchange.readBody();
  exchange.json(202, { ok: true });
};

export const revsLimit: DatabaseHandler = async (exchange, _context, database) => {
  if (exchange.isRead) return exchange.json(200, database.revsLimit());
  if (exchange.method !== 'PUT') methodNotAllowed(exchange, 'PUT,GET');
  requireDatabaseAdmin(exchange.user, database);
  await database.setRevsLimit((await exchange.readJson()) as number);
  exchange.json(200, { ok: true });
};

export const securityRoute: DatabaseHandler = async (exchange, _context, database) => {
  if (exchange.isRead) return exchange.json(200, database.security());
  if (exchange.method !== 'PUT') methodNotAllowed(exchange, 'PUT,GET');
  requireDatabaseAdmin(exchange.user, database);
  if (database.name === '_users') {
    const reason = "You can't edit the security object of the user database.";
    throw new CouchError(403, 'forbidden', reason);
  }
  await database.setSecurity(checkSecurity(await exchange.readJson()));
  exchange.json(200, { ok: true });
};
