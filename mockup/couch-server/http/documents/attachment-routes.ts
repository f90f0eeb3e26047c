/** `/db/id/name`: attachments by themselves, streamed in and out. */

import { randomBytes } from 'node:crypto';
import { pipeline } from 'node:stream/promises';
import { CouchError, conflict, notFound } from '../../couch-error.ts';
import type { JsonObject } from '../../json-object.ts';
import type { AttachmentContent } from '../../store/database.ts';
import {
  type AttachmentEdit,
  checkAttachmentName,
} from '../../store/documents/attachment-edit.ts';
import { checkId, type Edit } from '../../store/documents/document.ts';
import { canonicalRevision } from '../../store/documents/rev-tree.ts';
import { type DocumentRow, parseAtts } from '../../store/documents/row.ts';
import type { SqliteDatabase } from '../../store/sqlite-database.ts';
import { methodNotAllowed, type ServerContext } from '../context.ts';

import type { Exchange } from '../exchange.ts';
import { encodeSegment } from '../wire/path.ts';
import { type ByteRange, parseRanges } from '../wire/range.ts';
import { limited, tooLarge } from '../wire/upload-limit.ts';
import { admitted, givenRev, written } from '../wire/write-answer.ts';

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
      return putAttachment(exchange, context, database, id, checkAttachmentName(name));
    case 'DELETE':
      return deleteAttachment(exchange, database, id, checkAttachmentName(name));
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
  const rev = exchange.query.get('rev') ?? undefined;
  const content = database.attachment(id, name, rev === undefined ? rev : canonicalRevision(rev));
  const etag = `"${content.digest.replace('md5-', '')}"`;
  if (exchange.answeredByEtag(etag)) return;
  // No ranges of what is kept compressed.
  const ranged = content.encoded === undefined;
  exchange.res.setHeader('ETag', etag);
  exchange.res.setHeader('Accept-Ranges', ranged ? 'bytes' : 'none');
  exchange.res.setHeader('Content-Security-Policy', 'sandbox');
  exchange.res.setHeader('X-Content-Type-Options', 'nosniff');
  if (content.encoded && takesGzip(exchange)) return sendEncoded(exchange, content);
  const ranges = ranged ? rangesOf(exchange, content.length) : undefined;
  if (ranges && ranges.length > 1) return sendRanges(exchange, content, ranges);
  const range = ranges?.[0];
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

function rangesOf(exchange: Exchange, length: number): readonly ByteRange[] | undefined {
  try {
    return parseRanges(exchange.header('range'), length);
  } catch (error) {
    for (const header of ['ETag', 'Accept-Ranges']) exchange.res.removeHeader(header);
    throw error;
  }
}

async function sendRanges(
  exchange: Exchange,
  content: AttachmentContent,
  ranges: readonly ByteRange[],
): Promise<void> {
  const boundary = randomBytes(16).toString('hex');
  const type = `multipart/byteranges; boundary="${boundary}"`;
  exchange.res.writeHead(206, { 'Content-Type': type });
  async function* parts(): AsyncGenerator<Buffer | string> {
    yield `--${boundary}`;
    for (const { start, end } of ranges) {
      yield `\r\nContent-Type: ${headerText(content.contentType)}\r\n`;
      yield `Content-Range: bytes ${start}-${end}/${content.length}\r\n\r\n`;
      yield* content.read(start, end);
      yield `\r\n--${boundary}`;
    }
    yield '--';
  }
  if (exchange.method === 'HEAD') exchange.res.end();
  else await pipeline(parts(), exchange.res);
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
  if (rev !== undefined && !(row && database.reader.revision(row, rev))) throw revisionMissing();
  const coding = (exchange.header('content-encoding') ?? 'identity').trim().toLowerCase();
  if (coding !== 'identity' && coding !== 'gzip') {
    const reason = 'Only gzip and identity content-encodings are supported';
    throw new CouchError(415, 'bad_content_type', reason);
  }
  const contentType = exchange.header('content-type') ?? 'application/octet-stream';
  const limit = context.limits.maxAttachmentSize;
  if (Number(exchange.header('content-length') ?? 0) > limit) throw tooLarge(name);
  // A refused upload is read to its end, so that the client gets the answer.
  const upload = exchange.req.iterator({ destroyOnReturn: false });
  const content = limited(upload, limit, name);
  const staged =
    coding === 'gzip'
      ? await database.stageEncoded(content, { atMost: limit })
      : await database.stageAttachment(content, contentType);
  const added: AttachmentEdit = { name, contentType, revpos: undefined, kind: 'staged', staged };
  try {
    const edit = editWith(database, id, rev, (others) => [added, ...others]);
    const stored = admitted(exchange, context, database, edit, false);
    const next = written(await database.writeEdit(stored));
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
  if (rev === undefined && !row) throw notFound('missing');
  if (rev === undefined && row?.deleted) throw notFound('deleted');
  const revision = row && (rev === undefined ? row : database.reader.revision(row, rev));
  if (!revision) throw revisionMissing();
  if (!Object.hasOwn(parseAtts(revision.atts), name)) {
    throw notFound('Document is missing attachment');
  }
  if (rev === undefined) throw conflict();
  const edit = editWith(database, id, rev, (others) => others);
  const kept = { ...edit, attachments: edit.attachments.filter((one) => one.name !== name) };
  const next = written(await database.writeEdit(kept));
  exchange.json(200, { ok: true, id, rev: next }, { ETag: `"${next}"` });
}

const revisionMissing = (): CouchError => new CouchError(409, 'not_found', 'missing_rev');

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
