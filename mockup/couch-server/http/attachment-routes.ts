/** `/db/id/name`: attachments by themselves, streamed in and out. */

import { pipeline } from 'node:stream/promises';
import { CouchError, conflict, notFound } from '../couch-error.ts';
import type { AttachmentEdit } from '../store/attachment-edit.ts';
import type { AttachmentContent, JsonObject } from '../store/database.ts';
import { checkId, type Edit } from '../store/document.ts';
import { type DocumentRow, parseAtts } from '../store/row.ts';
import type { SqliteDatabase } from '../store/sqlite-database.ts';
import { methodNotAllowed, type ServerContext } from './context.ts';

import type { Exchange } from './exchange.ts';
import { encodeSegment } from './path.ts';
import { parseRange } from './range.ts';
import { limited, tooLarge } from './upload-limit.ts';
import { givenRev, written } from './write-answer.ts';

export async function attachmentRoute(
  exchange: Exchange,
  context: ServerContext,
  database: SqliteDatabase,
  id: string,
  name: string,
): Promise<void> {
  switch (exchange.method) {
    case 'GET':
    case 'HEAD':
      return getAttachment(exchange, database, id, name);
    case 'PUT':
      return putAttachment(exchange, context, database, id, name);
    case 'DELETE':
      return deleteAttachment(exchange, database, id, name);
    default:
      methodNotAllowed(exchange, 'DELETE,GET,HEAD,PUT');
  }
}

async function getAttachment(
  exchange: Exchange,
  database: SqliteDatabase,
  id: string,
  name: string,
): Promise<void> {
  const content = database.attachment(id, name, givenRevOfRead(exchange));
  const etag = `"${content.digest.replace('md5-', '')}"`;
  if (exchange.answeredByEtag(etag)) return;
  // No ranges of what is kept compressed.
  const ranged = content.encoded === undefined;
  exchange.res.setHeader('ETag', etag);
  exchange.res.setHeader('Accept-Ranges', ranged ? 'bytes' : 'none');
  exchange.res.setHeader('Content-Security-Policy', 'sandbox');
  exchange.res.setHeader('X-Content-Type-Options', 'nosniff');
  if (content.encoded && takesGzip(exchange)) return sendEncoded(exchange, content);
  const range = ranged ? parseRange(exchange.header('range'), content.length) : undefined;
  if (range === 'unsatisfiable') {
    for (const header of ['ETag', 'Accept-Ranges']) exchange.res.removeHeader(header);
    const reason = 'Requested range not satisfiable';
    throw new CouchError(416, 'requested_range_not_satisfiable', reason);
  }
  const { start, end } = range ?? { start: 0, end: content.length - 1 };
  const length = end - start + 1;
  const place = range ? { 'Content-Range': `bytes ${start}-${end}/${content.length}` } : {};
  exchange.res.writeHead(range ? 206 : 200, {
    'Content-Type': headerText(content.contentType),
    'Content-Length': length,
    ...place,
  });
  if (exchange.method === 'HEAD' || length === 0) exchange.res.end();
  else await pipeline(content.read(start, end), exchange.res);
}

/** A type that came inside a document may hold letters that no header can. */
const headerText = (type: string): string =>
  /^[\t\x20-\x7e\x80-\xff]+$/.test(type) ? type : 'application/octet-stream';

const takesGzip = (exchange: Exchange): boolean =>
  exchange.header('accept-encoding')?.includes('gzip') === true;

async function sendEncoded(exchange: Exchange, content: AttachmentContent): Promise<void> {
  exchange.res.writeHead(200, {
    'Content-Type': headerText(content.contentType),
    'Content-Encoding': content.encoded?.encoding ?? 'gzip',
    'Content-Length': content.encoded?.length ?? 0,
  });
  if (exchange.method === 'HEAD') exchange.res.end();
  else await pipeline(content.readEncoded(), exchange.res);
}

function givenRevOfRead(exchange: Exchange): string | undefined {
  return exchange.query.get('rev') ?? undefined;
}

async function putAttachment(
  exchange: Exchange,
  context: ServerContext,
  database: SqliteDatabase,
  id: string,
  name: string,
): Promise<void> {
  checkId(id);
  const rev = givenRev(exchange);
  const row = database.reader.row(id);
  // Refused before the upload where that is certain already.
  if (row && !row.deleted && rev === undefined) throw conflict();
  const contentType = exchange.header('content-type') ?? 'application/octet-stream';
  const limit = context.limits.maxAttachmentSize;
  if (Number(exchange.header('content-length') ?? 0) > limit) throw tooLarge(name);
  // A refused upload is read to its end, so that the client gets the answer.
  const upload = exchange.req.iterator({ destroyOnReturn: false });
  const content = limited(upload, limit, name);
  const staged = await database.stageAttachment(content, contentType);
  const added: AttachmentEdit = { name, contentType, revpos: undefined, kind: 'staged', staged };
  try {
    const edit = editWith(database, id, rev, (others) => [added, ...others]);
    const next = written(await database.writeEdit(edit));
    const path = [database.name, id, name].map(encodeSegment).join('/');
    const headers = { Location: exchange.location(`/${path}`), ETag: `"${next}"` };
    exchange.json(201, { ok: true, id, rev: next }, headers);
  } finally {
    database.releaseAttachment(staged);
  }
}

async function deleteAttachment(
  exchange: Exchange,
  database: SqliteDatabase,
  id: string,
  name: string,
): Promise<void> {
  const rev = givenRev(exchange);
  const row = database.reader.row(id);
  if (!row) throw notFound('missing');
  if (rev === undefined) throw conflict();
  if (!Object.hasOwn(parseAtts(revisionOf(database, row, rev)?.atts ?? null), name)) {
    throw notFound('Document is missing attachment');
  }
  const edit = editWith(database, id, rev, (others) => others);
  const kept = { ...edit, attachments: edit.attachments.filter((one) => one.name !== name) };
  const next = written(await database.writeEdit(kept));
  exchange.json(200, { ok: true, id, rev: next }, { ETag: `"${next}"` });
}

const revisionOf = (database: SqliteDatabase, row: DocumentRow, rev: string | undefined) =>
  rev === undefined ? undefined : database.reader.revision(row, rev);

/** The document as it is at `rev`, with other attachments. */
function editWith(
  database: SqliteDatabase,
  id: string,
  rev: string | undefined,
  change: (stubs: AttachmentEdit[]) => AttachmentEdit[],
): Edit {
  const row = database.reader.row(id);
  const revision = row && revisionOf(database, row, rev);
  const body = revision && !revision.deleted ? revision.body : '{}';
  const stored = revision && !revision.deleted ? parseAtts(revision.atts) : {};
  const stubs = Object.entries(stored).map(
    ([name, one]): AttachmentEdit => ({
      name,
      contentType: one.content_type,
      revpos: one.revpos,
      kind: 'stub',
      digest: one.digest,
    }),
  );
  const all = change(stubs);
  const attachments = all.filter(
    (one, place) => all.findIndex(({ name }) => name === one.name) === place,
  );
  const value = JSON.parse(body) as JsonObject;
  return { id, rev, hashes: undefined, deleted: false, value, body, attachments };
}
