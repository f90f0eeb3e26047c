/** `_bulk_docs`, `_bulk_get`, `_revs_diff`, `_missing_revs`, `_purge`, and POST of one document. */
import { badRequest, CouchError } from '../../couch-error.ts';
import type { JsonObject } from '../../json-object.ts';
import { type Edit, parseEdit } from '../../store/documents/document.ts';
import { LOCAL, type LocalEdit, parseLocal } from '../../store/local-documents.ts';
import { checkRevisions } from '../../store/reader.ts';
import type { SqliteDatabase } from '../../store/sqlite-database.ts';
import type { DatabaseHandler, ServerContext } from '../context.ts';
import type { Exchange } from '../exchange.ts';
import { nextUuid } from '../wire/uuids.ts';
import { admitted, writeAndAnswer } from '../wire/write-answer.ts';
import { checkCount } from './bulk-get-routes.ts';
import { writeLocal } from './local-routes.ts';

/** `POST /db`: a document whose id the server may give. */
export const postDocument: DatabaseHandler = async (exchange, context, database) => {
  const document = asDocument(await exchange.readJsonBody());
  const id = document._id === undefined ? nextUuid() : document._id;
  const own = typeof id === 'string' ? id : '';
  const { maxDocumentSize } = context.limits;
  if (own.startsWith(LOCAL)) {
    return writeLocal(exchange, database, parseLocal(own, document, maxDocumentSize));
  }
  const prepared = await context.authority.prepare(exchange.user, database.name, own, document);
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
  const { new_edits: newEdits = true, all_or_nothing: together } = body;
  const given = await parseMembers(exchange, context, database, docs, newEdits !== false);
  if (typeof newEdits !== 'boolean') {
    if (docs.length === 0) throw badRequest('`new_edits` parameter must be a boolean.');
    // CouchDB's own status and words.
    throw new CouchError(500, 'unknown_error', 'function_clause');
  }
  if (together === true) return exchange.json(417, given.map(notTogether));
  const edits = given.filter((one) => 'value' in one);
  const locals = given.filter((one) => 'n' in one);
  // Both share one commit.
  const [results, localRevs] = await Promise.all([
    newEdits ? database.writeEdits(edits) : database.replicateEdits(edits),
    locals.length > 0 ? database.writeLocals(locals) : [],
  ]);
  context.metrics.documentsWritten += edits.length;
  if (!newEdits) {
    const refused = given.filter((one) => 'error' in one);
    return exchange.json(201, [...results, ...refused]);
  }
  if (edits.length === given.length) return exchange.json(201, results);
  const [written, writtenLocals] = [results.values(), localRevs.values()];
  const answers = given.map((one) => {
    if ('value' in one) return written.next().value;
    if ('n' in one) return { ok: true, id: one.id, rev: writtenLocals.next().value };
    return { id: one.id, error: one.error, reason: one.reason };
  });
  exchange.json(201, answers);
};

function notTogether(member: Member): object {
  const rev = 'rev' in member ? member.rev : undefined;
  const reason = 'all_or_nothing is not supported';
  return { id: member.id, rev: rev ?? '0-', error: 'not_implemented', reason };
}

/** What a member of a request becomes. One that its author may not write is refused by itself. */
type Member = Edit | LocalEdit | Refused;

interface Refused {
  readonly id: string;
  readonly rev: string | undefined;
  readonly error: string;
  readonly reason: string;
}

/** Throws CouchError for a malformed member: it refuses the whole request. */
async function parseMembers(
  exchange: Exchange,
  context: ServerContext,
  database: SqliteDatabase,
  docs: readonly unknown[],
  newEdits: boolean,
): Promise<Member[]> {
  const { maxDocumentSize } = context.limits;
  const options = { newEdits, maxDocumentSize };
  const members: Member[] = [];
  for (const one of docs) {
    const document = asDocument(one);
    const id = document._id;
    const own = typeof id === 'string' ? id : '';
    if (own.startsWith(LOCAL)) {
      members.push(localMember(own, document, maxDocumentSize));
      continue;
    }
    const prepared = await prepareIfNeeded(exchange, context, database, own, document);
    const edit =
      id === undefined
        ? parseEdit({ ...prepared, _id: nextUuid() }, options)
        : parseEdit(prepared, options);
    members.push(memberOf(exchange, context, database, edit, newEdits));
  }
  return members;
}

/** One with a revision that is none is refused by itself. Throws CouchError 400, 413. */
function localMember(id: string, document: JsonObject, maxDocumentSize: number): Member {
  try {
    return parseLocal(id, document, maxDocumentSize);
  } catch (error) {
    if (!(error instanceof CouchError) || error.status !== 500) throw error;
    return { id, rev: undefined, error: 'error', reason: error.reason };
  }
}

/** A design document is refused by itself, what a system database can't take refuses them all. */
function memberOf(
  exchange: Exchange,
  context: ServerContext,
  database: SqliteDatabase,
  edit: Edit,
  newEdits: boolean,
): Edit | Refused {
  try {
    return admitted(exchange, context, database, edit, newEdits);
  } catch (error) {
    const isRights = error instanceof CouchError && [401, 403].includes(error.status);
    if (!isRights || !edit.id.startsWith('_design/')) throw error;
    return { id: edit.id, rev: edit.rev, error: error.error, reason: error.reason };
  }
}

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
  const lists = revisionLists(await exchange.readJsonPost(), context);
  const { purged } = await database.purge(lists);
  exchange.json(201, { purge_seq: null, purged });
};
