/** `/db/id`: reading, writing, deleting and copying one document. */
import { badRequest, CouchError, notFound } from '../../couch-error.ts';
import type { GetOptions } from '../../store/database.ts';
import { checkId, parseEdit } from '../../store/documents/document.ts';
import { canonicalRevision } from '../../store/documents/rev-tree.ts';
import { checkRevisions, inOrderOfRevisions, NO_OPTIONS } from '../../store/reader.ts';
import type { SqliteDatabase } from '../../store/sqlite-database.ts';
import { methodNotAllowed, type ServerContext } from '../context.ts';
import type { Exchange } from '../exchange.ts';
import { lastJson, lastOf } from '../wire/query.ts';
import { givenRev, givenRevs, writeAndAnswer, written } from '../wire/write-answer.ts';
import { copyDocument } from './copy-route.ts';
import {
  isMultipart,
  putMultipart,
  sendMultipartDocument,
  sendOpenRevs,
} from './multipart-routes.ts';

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
      return copyDocument(exchange, context, database, id);
    case 'POST':
      return formUpload(exchange);
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
  if (query.size === 0) {
    return sendDocument(exchange, database.reader.get(id, NO_OPTIONS));
  }
  const options = getOptions(query);
  const openRevs = lastOf(query, 'open_revs');
  if (openRevs !== null) {
    const revs = openRevs === 'all' ? 'all' : checkRevisions(lastJson(query, 'open_revs'));
    // A list of none asks for the document.
    if (revs.length > 0) return getOpenRevs(exchange, database, id, revs, options);
  }
  if (options.attachments && exchange.accepts('multipart/related')) {
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
  revs: 'all' | readonly string[],
  options: GetOptions,
): Promise<void> {
  if (exchange.accepts('multipart/mixed')) {
    return sendOpenRevs(exchange, database, id, revs, options);
  }
  const found = inOrderOfRevisions(database.reader.openRevs(id, revs, options));
  const parts = found.map((one) =>
    'missing' in one ? JSON.stringify(one) : `{"ok":${one.text}}`,
  );
  exchange.jsonText(200, `[${parts.join(',')}]`);
}

/** Of the flags `true` alone counts: CouchDB passes over anything else. Throws CouchError 400. */
export function getOptions(query: URLSearchParams): GetOptions {
  const on = (name: string): boolean => query.getAll(name).includes('true');
  const meta = on('meta');
  const rev = lastOf(query, 'rev');
  const since = lastJson(query, 'atts_since');
  return {
    ...(rev === null ? {} : { rev: canonicalRevision(rev) }),
    ...(since === undefined ? {} : { attsSince: checkRevisions(since) }),
    latest: on('latest'),
    deleted: on('deleted'),
    revs: on('revs'),
    revsInfo: meta || on('revs_info'),
    conflicts: meta || on('conflicts'),
    deletedConflicts: meta || on('deleted_conflicts'),
    localSeq: on('local_seq'),
    attachments: on('attachments') || since !== undefined,
    encodingInfo: on('att_encoding_info'),
  };
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
  const document = await exchange.readJson();
  const prepared = await context.authority.prepare(exchange.user, database.name, id, document);
  const options = {
    id,
    ...givenRevs(exchange),
    newEdits,
    maxDocumentSize: context.limits.maxDocumentSize,
  };
  const edit = parseEdit(prepared, options);
  await writeAndAnswer(exchange, context, database, edit, newEdits);
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

/** Pages of a browser send documents as forms; that is not to be had here. */
export function formUpload(exchange: Exchange): never {
  if (exchange.header('referer') === undefined) throw badRequest('Referer header required.');
  throw new CouchError(415, 'bad_content_type', 'Content-Type must be multipart/form-data');
}
