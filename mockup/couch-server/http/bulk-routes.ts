/** `_bulk_docs`, `_bulk_get`, `_revs_diff`, `_missing_revs`, `_purge`, and POST of one document. */
import { requireDatabaseAdmin } from '../auth/security.ts';
import { badRequest, CouchError } from '../couch-error.ts';
import type { GetOptions, JsonObject } from '../store/database.ts';
import { parseEdit } from '../store/document.ts';
import { checkRevisions } from '../store/reader.ts';
import type { SqliteDatabase } from '../store/sqlite-database.ts';
import type { DatabaseHandler, ServerContext } from './context.ts';
import { getOptions } from './document-routes.ts';
import type { Exchange } from './exchange.ts';
import { sendPieces } from './stream.ts';
import { nextUuid } from './uuids.ts';
import { checkEdit, writeAndAnswer } from './write-answer.ts';

/** `POST /db`: a document whose id the server may give. */
export const postDocument: DatabaseHandler = async (exchange, context, database) => {
  const body = await exchange.readJsonPost();
  const document = asDocument(body);
  const id = document._id === undefined ? nextUuid() : document._id;
  const own = typeof id === 'string' ? id : '';
  const prepared = await context.authority.prepare(exchange.user, database.name, own, document);
  const { maxDocumentSize } = context.limits;
  const parsed = parseEdit(
    { ...(prepared as JsonObject), _id: id },
    { newEdits: true, maxDocumentSize },
  );
  // A revision of a document that gets its id here names nothing.
  const edit =
    document._id === undefined ? { ...parsed, rev: undefined, hashes: undefined } : parsed;
  await writeAndAnswer(exchange, context, database, edit, true);
};

function asDocument(body: unknown): JsonObject {
  if (typeof body === 'object' && body !== null && !Array.isArray(body)) return body as JsonObject;
  throw badRequest('Document must be a JSON object');
}

export const bulkDocs: DatabaseHandler = async (exchange, context, database) => {
  const body = ((await exchange.readJsonPost()) ?? {}) as JsonObject;
  const { docs } = body;
  if (docs === undefined) throw badRequest('POST body must include `docs` parameter.');
  if (!Array.isArray(docs)) throw badRequest('`docs` parameter must be an array.');
  checkCount(docs, context);
  const newEdits = body.new_edits !== false && exchange.query.get('new_edits') !== 'false';
  const options = { newEdits, maxDocumentSize: context.limits.maxDocumentSize };
  const edits = [];
  for (const one of docs) {
    const document = asDocument(one);
    const id = document._id;
    const own = typeof id === 'string' ? id : '';
    const prepared = await prepareIfNeeded(exchange, context, database, own, document);
    const edit =
      id === undefined
        ? parseEdit({ ...prepared, _id: nextUuid() }, options)
        : parseEdit(prepared, options);
    checkEdit(exchange, database, edit, newEdits);
    edits.push(edit);
  }
  const results = newEdits
    ? await database.writeEdits(edits)
    : await database.replicateEdits(edits);
  context.metrics.documentsWritten += edits.length;
  exchange.json(201, results);
};

/** Plain databases have nothing to prepare: no promise per document. */
function prepareIfNeeded(
  exchange: Exchange,
  context: ServerContext,
  database: SqliteDatabase,
  id: string,
  document: JsonObject,
): JsonObject | Promise<JsonObject> {
  const { authority } = context;
  if (!authority.prepares(database.name)) return document;
  return authority.prepare(exchange.user, database.name, id, document) as Promise<JsonObject>;
}

function checkCount(list: readonly unknown[], { limits }: ServerContext): void {
  if (list.length <= limits.maxBulkDocuments) return;
  const reason = `A request may hold ${limits.maxBulkDocuments} documents at most`;
  throw new CouchError(413, 'max_bulk_docs_count_exceeded', reason);
}

export const bulkGet: DatabaseHandler = async (exchange, context, database) => {
  const body = ((await exchange.readJsonPost()) ?? {}) as JsonObject;
  const { docs } = body;
  if (!Array.isArray(docs)) throw badRequest("Missing JSON list of 'docs'.");
  checkCount(docs, context);
  const options = getOptions(exchange.query);
  await sendPieces(exchange, bulkGetPieces(database, docs, options));
};

function* bulkGetPieces(
  database: SqliteDatabase,
  docs: readonly unknown[],
  options: GetOptions,
): Generator<string> {
  let separator = '{"results":[';
  for (const one of docs) {
    const { id, rev, atts_since: since } = (one ?? {}) as JsonObject;
    yield separator + bulkGetResult(database, id, rev, since, options);
    separator = ',';
  }
  yield docs.length === 0 ? '{"results":[]}' : ']}';
}

function bulkGetResult(
  database: SqliteDatabase,
  id: unknown,
  rev: unknown,
  since: unknown,
  options: GetOptions,
): string {
  const failure = (error: string, reason: string): string => {
    const shown = typeof rev === 'string' ? rev : 'undefined';
    return JSON.stringify({ id, docs: [{ error: { id, rev: shown, error, reason } }] });
  };
  if (typeof id !== 'string') return failure('illegal_docid', 'Document id must be a string');
  try {
    const wanted = rev === undefined ? 'all' : checkRevisions([rev]);
    const all = since === undefined ? options : { ...options, attsSince: checkRevisions(since) };
    const found = database.reader.openRevs(id, wanted, all);
    const parts = found.map((doc) => {
      if (!('missing' in doc)) return `{"ok":${doc.text}}`;
      const error = { id, rev: doc.missing, error: 'not_found', reason: 'missing' };
      return JSON.stringify({ error });
    });
    return `{"id":${JSON.stringify(id)},"docs":[${parts.join(',')}]}`;
  } catch (error) {
    if (error instanceof CouchError) return failure(error.error, error.reason);
    throw error;
  }
}

/** The body of `_revs_diff` and its kin: lists of revisions by id. Throws CouchError 400. */
function revisionLists(
  body: unknown,
  context: ServerContext,
): { [id: string]: readonly string[] } {
  const lists = Object.values(asDocument(body));
  checkCount(lists, context);
  for (const revs of lists) checkRevisions(revs);
  return body as { [id: string]: readonly string[] };
}

export const revsDiffRoute: DatabaseHandler = async (exchange, context, database) => {
  exchange.json(200, database.revsDiff(revisionLists(await exchange.readJsonPost(), context)));
};

export const missingRevs: DatabaseHandler = async (exchange, context, database) => {
  const diff = database.revsDiff(revisionLists(await exchange.readJsonPost(), context));
  const missing = Object.entries(diff).map(([id, one]) => [id, one.missing]);
  exchange.json(200, { missing_revs: Object.fromEntries(missing) });
};

export const purgeRoute: DatabaseHandler = async (exchange, context, database) => {
  requireDatabaseAdmin(exchange.user, database);
  const lists = revisionLists(await exchange.readJsonPost(), context);
  const { purged } = await database.purge(lists);
  exchange.json(201, { purge_seq: null, purged });
};
