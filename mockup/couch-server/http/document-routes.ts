/** `/db/id`: reading, writing, deleting and copying one document. */
import { badRequest, CouchError, conflict, notFound } from '../couch-error.ts';
import { type Encoded, StagedBlob } from '../store/attachment-edit.ts';
import type { GetOptions, JsonObject, WriteResult } from '../store/database.ts';
import { checkId, type Edit, parseEdit } from '../store/document.ts';
import { checkRevisions, NO_OPTIONS } from '../store/reader.ts';
import { parseRevision } from '../store/rev-tree.ts';
import { parseAtts, type StoredAttachment } from '../store/row.ts';
import type { SqliteDatabase } from '../store/sqlite-database.ts';
import { methodNotAllowed, notImplemented, type ServerContext } from './context.ts';
import { type Exchange, parseJson } from './exchange.ts';
import {
  isMultipart,
  putMultipart,
  sendMultipartDocument,
  sendOpenRevs,
} from './multipart-routes.ts';
import { encodeSegment } from './path.ts';
import { flag, jsonValue } from './query.ts';

export const DOCUMENT_METHODS = 'DELETE,GET,HEAD,POST,PUT,COPY';

export async function documentRoute(
  exchange: Exchange,
  context: ServerContext,
  database: SqliteDatabase,
  id: string,
): Promise<void> {
  switch (exchange.method) {
    case 'GET':
    case 'HEAD':
      return getDocument(exchange, database, id);
    case 'PUT':
      return putDocument(exchange, context, database, id);
    case 'DELETE':
      return deleteDocument(exchange, database, id);
    case 'COPY':
      return copyDocument(exchange, database, id);
    case 'POST':
      throw new CouchError(415, 'bad_content_type', 'Uploads by HTML form are not available');
    default:
      methodNotAllowed(exchange, DOCUMENT_METHODS);
  }
}

async function getDocument(
  exchange: Exchange,
  database: SqliteDatabase,
  id: string,
): Promise<void> {
  const { query } = exchange;
  if (query.size === 0 && exchange.header('accept')?.includes('multipart/') !== true) {
    return sendDocument(exchange, database.reader.get(id, NO_OPTIONS));
  }
  const options = getOptions(query);
  const openRevs = query.get('open_revs');
  if (openRevs !== null) return getOpenRevs(exchange, database, id, options);
  if (options.attachments && exchange.header('accept')?.includes('multipart/related')) {
    return sendMultipartDocument(exchange, database, id, options);
  }
  sendDocument(exchange, database.reader.get(id, options));
}

function sendDocument(
  exchange: Exchange,
  document: { readonly rev: string; readonly text: string; readonly plain: boolean },
): void {
  if (!document.plain) {
    exchange.jsonText(200, document.text);
    return;
  }
  const etag = `"${document.rev}"`;
  if (exchange.answeredByEtag(etag)) return;
  exchange.jsonText(200, document.text, { ETag: etag });
}

async function getOpenRevs(
  exchange: Exchange,
  database: SqliteDatabase,
  id: string,
  options: GetOptions,
): Promise<void> {
  const given = exchange.query.get('open_revs');
  const revs = given === 'all' ? 'all' : checkRevisions(jsonValue(exchange.query, 'open_revs'));
  if (exchange.header('accept')?.includes('multipart/mixed')) {
    return sendOpenRevs(exchange, database, id, revs, options);
  }
  const found = database.reader.openRevs(id, revs, options);
  const parts = found.map((one) =>
    'missing' in one ? JSON.stringify(one) : `{"ok":${one.text}}`,
  );
  exchange.jsonText(200, `[${parts.join(',')}]`);
}

/** Throws CouchError 400. */
export function getOptions(query: URLSearchParams): GetOptions {
  const meta = flag(query, 'meta');
  const rev = query.get('rev');
  const since = jsonValue(query, 'atts_since');
  if (rev !== null) parseRevision(rev);
  return {
    ...(rev === null ? {} : { rev }),
    ...(since === undefined ? {} : { attsSince: checkRevisions(since) }),
    latest: flag(query, 'latest'),
    revs: flag(query, 'revs'),
    revsInfo: meta || flag(query, 'revs_info'),
    conflicts: meta || flag(query, 'conflicts'),
    deletedConflicts: meta || flag(query, 'deleted_conflicts'),
    localSeq: flag(query, 'local_seq'),
    attachments: flag(query, 'attachments') || since !== undefined,
  };
}

/** The revision given by `?rev=` or `If-Match`; undefined for none. Throws CouchError 400. */
export function givenRev(exchange: Exchange): string | undefined {
  const inQuery = exchange.query.size === 0 ? null : exchange.query.get('rev');
  const inHeader = exchange.header('if-match')?.replace(/^"(.*)"$/, '$1');
  if (inQuery !== null && inHeader !== undefined && inQuery !== inHeader) {
    throw badRequest('Document rev from query string and If-Match header have different values');
  }
  const rev = inQuery ?? inHeader;
  if (rev !== undefined) parseRevision(rev);
  return rev;
}

async function putDocument(
  exchange: Exchange,
  context: ServerContext,
  database: SqliteDatabase,
  id: string,
): Promise<void> {
  checkId(id);
  const newEdits = exchange.query.get('new_edits') !== 'false';
  if (isMultipart(exchange)) return putMultipart(exchange, context, database, id, newEdits);
  const document = parseJson(await exchange.readBody());
  const prepared = await context.authority.prepare(exchange.user, database.name, id, document);
  const options = {
    id,
    rev: givenRev(exchange),
    newEdits,
    maxDocumentSize: context.limits.maxDocumentSize,
  };
  const edit = parseEdit(prepared, options);
  await writeAndAnswer(exchange, context, database, edit, newEdits);
}

export async function writeAndAnswer(
  exchange: Exchange,
  context: ServerContext,
  database: SqliteDatabase,
  edit: Edit,
  newEdits: boolean,
): Promise<void> {
  if (newEdits) refuseValidation(edit);
  const rev = newEdits ? written(await database.writeEdit(edit)) : (edit.rev as string);
  if (!newEdits) await database.replicateEdits([edit]);
  context.metrics.documentsWritten++;
  answerWritten(exchange, database, edit, rev);
}

/** A function that would not be called must not look as if it were. Throws CouchError 501. */
export function refuseValidation(edit: Edit): void {
  if (edit.id.startsWith('_design/') && edit.value.validate_doc_update !== undefined) {
    throw notImplemented('validate_doc_update');
  }
}

/** The new revision. Throws CouchError 409. */
export function written(result: WriteResult): string {
  if ('ok' in result) return result.rev;
  throw result.error === 'conflict'
    ? conflict()
    : new CouchError(500, result.error, result.reason);
}

function answerWritten(
  exchange: Exchange,
  database: SqliteDatabase,
  edit: Edit,
  rev: string,
): void {
  const location = exchange.location(`/${encodeSegment(database.name)}/${encodeSegment(edit.id)}`);
  const id = JSON.stringify(edit.id);
  if (exchange.query.get('batch') === 'ok') {
    exchange.jsonText(202, `{"ok":true,"id":${id}}`, { Location: location });
    return;
  }
  const status = edit.deleted && exchange.method === 'PUT' ? 200 : 201;
  const headers = { ETag: `"${rev}"`, Location: location };
  exchange.jsonText(status, `{"ok":true,"id":${id},"rev":"${rev}"}`, headers);
}

async function deleteDocument(
  exchange: Exchange,
  database: SqliteDatabase,
  id: string,
): Promise<void> {
  const row = database.reader.row(id);
  if (!row) throw notFound('missing');
  const rev = givenRev(exchange);
  if (row.deleted) throw notFound('deleted');
  const document = { _deleted: true };
  const options = { id, rev, newEdits: true, maxDocumentSize: exchange.limits.maxDocumentSize };
  const deleted = written(await database.writeEdit(parseEdit(document, options)));
  const answer = `{"ok":true,"id":${JSON.stringify(id)},"rev":"${deleted}"}`;
  exchange.jsonText(200, answer, { ETag: `"${deleted}"` });
}

async function copyDocument(
  exchange: Exchange,
  database: SqliteDatabase,
  id: string,
): Promise<void> {
  const destination = exchange.header('destination');
  if (!destination) throw badRequest('Destination header is mandatory for COPY.');
  if (/^https?:/.test(destination)) throw badRequest('Destination URL must be relative.');
  const [target = '', search = ''] = destination.split('?', 2);
  let targetId: string;
  try {
    targetId = checkId(decodeURIComponent(target));
  } catch (error) {
    if (error instanceof CouchError) throw error;
    throw badRequest('The Destination header is not a document id');
  }
  const rev = new URLSearchParams(search).get('rev') ?? undefined;
  if (rev !== undefined) parseRevision(rev);
  const source = exchange.query.get('rev');
  const { rev: from } = database.reader.get(id, source === null ? NO_OPTIONS : { rev: source });
  const row = database.reader.row(id);
  const revision = row && database.reader.revision(row, from);
  if (!revision) throw notFound('missing');
  const value = JSON.parse(revision.body) as JsonObject;
  const attachments = Object.entries(parseAtts(revision.atts)).map(([name, stored]) => ({
    name,
    contentType: stored.content_type,
    revpos: undefined,
    kind: 'staged' as const,
    staged: new StagedBlob(stored.blob, stored.length, stored.digest, encodedOf(stored)),
  }));
  const { body } = revision;
  const edit = { id: targetId, rev, hashes: undefined, deleted: false, value, body, attachments };
  refuseValidation(edit);
  const copied = written(await database.writeEdit(edit));
  answerWritten(exchange, database, edit, copied);
}

function encodedOf({ encoding, encoded_length: length }: StoredAttachment): Encoded | undefined {
  return encoding === undefined || length === undefined ? undefined : { encoding, length };
}
