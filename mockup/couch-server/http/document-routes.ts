/** `/db/id`: reading, writing, deleting and copying one document. */
import { badRequest, CouchError, notFound } from '../couch-error.ts';
import { type Encoded, StagedBlob } from '../store/attachment-edit.ts';
import type { GetOptions, JsonObject } from '../store/database.ts';
import { checkId, parseEdit } from '../store/document.ts';
import { checkRevisions, NO_OPTIONS } from '../store/reader.ts';
import { parseRevision } from '../store/rev-tree.ts';
import { parseAtts, type StoredAttachment } from '../store/row.ts';
import type { SqliteDatabase } from '../store/sqlite-database.ts';
import { methodNotAllowed, type ServerContext } from './context.ts';
import type { Exchange } from './exchange.ts';
import {
  isMultipart,
  putMultipart,
  sendMultipartDocument,
  sendOpenRevs,
} from './multipart-routes.ts';
import { flag, jsonValue } from './query.ts';
import { answerWritten, checkEdit, givenRev, writeAndAnswer, written } from './write-answer.ts';

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
    rev: givenRev(exchange),
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
  checkEdit(exchange, database, edit, true);
  const copied = written(await database.writeEdit(edit));
  answerWritten(exchange, database, edit, copied);
}

function encodedOf({ encoding, encoded_length: length }: StoredAttachment): Encoded | undefined {
  return encoding === undefined || length === undefined ? undefined : { encoding, length };
}
