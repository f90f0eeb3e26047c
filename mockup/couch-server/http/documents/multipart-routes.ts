/**
 * Documents with their attachments as multipart, both ways; the way CouchDB's replicator uses.
 * What is kept compressed goes out so, and the document says so.
 */
import { randomBytes } from 'node:crypto';
import { pipeline } from 'node:stream/promises';
import { badRequest, CouchError } from '../../couch-error.ts';
import type { JsonObject } from '../../json-object.ts';
import type { Limits } from '../../limits.ts';
import type { GetOptions } from '../../store/database.ts';
import type { StagedBlob } from '../../store/documents/attachment-edit.ts';
import { parseEdit } from '../../store/documents/document.ts';
import { inOrderOfRevisions } from '../../store/reader.ts';
import type { SqliteDatabase } from '../../store/sqlite-database.ts';
import type { ServerContext } from '../context.ts';
import type { Exchange } from '../exchange.ts';
import type { BodyShare } from '../wire/body-budget.ts';
import { readJsonText } from '../wire/json-text.ts';
import { boundaryOf, type Part, parseMultipart } from '../wire/multipart.ts';
import { limited } from '../wire/upload-limit.ts';
import { givenRevs, writeAndAnswer } from '../wire/write-answer.ts';

export const isMultipart = (exchange: Exchange): boolean =>
  exchange.header('content-type')?.startsWith('multipart/related') === true;

export async function putMultipart(
  exchange: Exchange,
  context: ServerContext,
  database: SqliteDatabase,
  id: string,
  newEdits: boolean,
): Promise<void> {
  const boundary = boundaryOf(exchange.header('content-type') ?? '');
  const staged = new Map<string, StagedBlob>();
  try {
    const document = await readParts(exchange, context, database, boundary, staged);
    const { maxDocumentSize } = context.limits;
    const prepared = await context.authority.prepare(exchange.user, database.name, id, document);
    const options = { id, ...givenRevs(exchange), newEdits, maxDocumentSize };
    const edit = parseEdit(prepared, options);
    await writeAndAnswer(exchange, context, database, edit, newEdits);
  } finally {
    for (const blob of staged.values()) database.releaseAttachment(blob);
  }
}

/** The document, its attachments in the place of `follows`. */
async function readParts(
  exchange: Exchange,
  context: ServerContext,
  database: SqliteDatabase,
  boundary: string,
  staged: Map<string, StagedBlob>,
): Promise<JsonObject> {
  let document: JsonObject | undefined;
  let waiting: string[] = [];
  // What follows a mistake is still read to its end, so that the client gets the answer.
  const source = exchange.req.iterator({ destroyOnReturn: false });
  for await (const part of parseMultipart(source, boundary)) {
    if (!document) {
      document = await readDocument(part, context.limits, exchange.bodyShare());
      waiting = followers(document);
      continue;
    }
    const name = fileNameOf(part, waiting) ?? waiting[0];
    if (name === undefined) throw badRequest('There are more parts than attachments that follow');
    waiting = waiting.filter((other) => other !== name);
    const content = limited(part.content, context.limits.maxAttachmentSize, name);
    staged.set(name, await stagePart(database, content, document, name));
  }
  if (!document) throw badRequest('The multipart body has no document');
  if (waiting.length > 0) throw badRequest(`The attachment ${waiting[0]} did not follow`);
  const attachments = Object.entries((document._attachments ?? {}) as JsonObject).map(
    ([name, value]) => {
      const blob = staged.get(name);
      return [name, blob ? { ...(value as JsonObject), staged: blob } : value];
    },
  );
  return { ...document, _attachments: Object.fromEntries(attachments) };
}

/** A replicating CouchDB sends text as it keeps it: compressed, and says so in the document. */
function stagePart(
  database: SqliteDatabase,
  content: AsyncIterable<Uint8Array>,
  document: JsonObject,
  name: string,
): Promise<StagedBlob> {
  const stubs = document._attachments as { [name: string]: JsonObject };
  const { content_type: type, encoding, length } = stubs[name] ?? {};
  if (encoding === 'gzip' && Number.isSafeInteger(length)) {
    return database.stageEncoded(content, { length: length as number });
  }
  return database.stageAttachment(content, typeof type === 'string' ? type : undefined);
}

async function readDocument(part: Part, limits: Limits, share: BodyShare): Promise<JsonObject> {
  const pieces: Buffer[] = [];
  let size = 0;
  for await (const piece of part.content) {
    size += piece.length;
    if (size > limits.maxRequestSize) {
      throw new CouchError(413, 'too_large', 'the request entity is too large');
    }
    share.grow(size);
    pieces.push(piece);
  }
  const document = await readJsonText(Buffer.concat(pieces), limits.maxRequestValues);
  if (typeof document === 'object' && document !== null && !Array.isArray(document)) {
    return document as JsonObject;
  }
  throw badRequest('Document must be a JSON object');
}

function followers(document: JsonObject): string[] {
  const attachments = document._attachments;
  if (typeof attachments !== 'object' || attachments === null) return [];
  return Object.entries(attachments)
    .filter(([, value]) => (value as JsonObject | null)?.follows === true)
    .map(([name]) => name);
}

function fileNameOf(part: Part, waiting: readonly string[]): string | undefined {
  const disposition = part.headers.get('content-disposition') ?? '';
  const name = /filename="([^"]*)"/.exec(disposition)?.[1];
  return name !== undefined && waiting.includes(name) ? name : undefined;
}

/** `GET /db/id?attachments=true` for a client that takes multipart/related. */
export async function sendMultipartDocument(
  exchange: Exchange,
  database: SqliteDatabase,
  id: string,
  options: GetOptions,
): Promise<void> {
  const shown = { ...options, attachments: false, encodingInfo: true };
  const { rev, text, plain } = database.reader.get(id, shown);
  const document = JSON.parse(text) as JsonObject;
  const wanted = attachmentsWanted(database, id, options, document);
  if (wanted.size === 0) {
    exchange.jsonText(200, text, plain ? { ETag: `"${rev}"` } : {});
    return;
  }
  const boundary = randomBytes(16).toString('hex');
  const type = `multipart/related; boundary="${boundary}"`;
  exchange.res.writeHead(200, {
    'Content-Type': type,
    ...(plain ? { ETag: `"${rev}"` } : {}),
  });
  if (exchange.method === 'HEAD') exchange.res.end();
  else await pipeline(relatedParts(database, document, wanted, boundary), exchange.res);
}

/** `GET /db/id?open_revs=…` for a client that takes multipart/mixed. */
export async function sendOpenRevs(
  exchange: Exchange,
  database: SqliteDatabase,
  id: string,
  revs: 'all' | readonly string[],
  options: GetOptions,
): Promise<void> {
  const shown = { ...options, attachments: false, encodingInfo: true };
  const found = inOrderOfRevisions(database.reader.openRevs(id, revs, shown));
  const parts = found.map((one) =>
    'missing' in one ? { error: one } : { id, text: one.text, options },
  );
  await sendFound(exchange, database, 'multipart/mixed', parts);
}

export type FoundPart =
  | { readonly error: object }
  | { readonly id: string; readonly text: string; readonly options: GetOptions };

/** Documents, each with its attachments, as parts of one answer. */
export async function sendFound(
  exchange: Exchange,
  database: SqliteDatabase,
  type: string,
  found: Iterable<FoundPart>,
): Promise<void> {
  const boundary = randomBytes(16).toString('hex');
  exchange.res.writeHead(200, { 'Content-Type': `${type}; boundary="${boundary}"` });
  async function* parts(): AsyncGenerator<Buffer | string> {
    for (const one of found) {
      yield `--${boundary}\r\n`;
      if ('error' in one) {
        const text = JSON.stringify(one.error);
        yield `Content-Type: application/json; error="true"\r\n\r\n${text}\r\n`;
      } else {
        yield* documentPart(database, one);
      }
    }
    yield `--${boundary}--`;
  }
  if (exchange.method === 'HEAD') exchange.res.end();
  else await pipeline(parts(), exchange.res);
}

async function* documentPart(
  database: SqliteDatabase,
  { id, text, options }: Exclude<FoundPart, { error: object }>,
): AsyncGenerator<Buffer | string> {
  const document = withEmptyInline(JSON.parse(text) as JsonObject);
  const wanted = attachmentsWanted(database, id, options, document);
  if (wanted.size === 0) {
    yield `Content-Type: application/json\r\n\r\n${JSON.stringify(document)}\r\n`;
    return;
  }
  const boundary = randomBytes(16).toString('hex');
  yield `Content-Type: multipart/related; boundary="${boundary}"\r\n\r\n`;
  yield* relatedParts(database, document, wanted, boundary);
  yield '\r\n';
}

/** CouchDB 3.5, which pulls so, waits half a minute for the content of one that has none. */
function withEmptyInline(document: JsonObject): JsonObject {
  if (document._attachments === undefined) return document;
  const attachments = Object.entries(document._attachments as { [name: string]: JsonObject });
  const sent = attachments.map(([name, entry]) => {
    const { content_type, revpos, digest, length } = entry;
    return [name, length === 0 ? { content_type, revpos, digest, data: '' } : entry];
  });
  return { ...document, _attachments: Object.fromEntries(sent) };
}

/** Names of the attachments to send: those newer than `atts_since` that are not inline. */
function attachmentsWanted(
  database: SqliteDatabase,
  id: string,
  options: GetOptions,
  document: JsonObject,
): Set<string> {
  const stored = (document._attachments ?? {}) as {
    [name: string]: { revpos: number; data?: string };
  };
  const names = Object.keys(stored).filter((name) => stored[name]?.data === undefined);
  if (!options.attsSince) return new Set(names);
  const row = database.reader.row(id);
  const rev = document._rev as string;
  const since = row ? database.reader.oldestWanted(row, rev, options.attsSince) : 0;
  return new Set(names.filter((name) => (stored[name]?.revpos ?? 0) > since));
}

async function* relatedParts(
  database: SqliteDatabase,
  document: JsonObject,
  wanted: ReadonlySet<string>,
  boundary: string,
): AsyncGenerator<Buffer | string> {
  const stubs = document._attachments as { [name: string]: JsonObject };
  const [id, rev] = [document._id as string, document._rev as string];
  const attachments = Object.entries(stubs).map(([name, { stub: _stub, ...rest }]) => {
    if (rest.data !== undefined) return [name, rest];
    return [name, { ...rest, [wanted.has(name) ? 'follows' : 'stub']: true }];
  });
  const text = JSON.stringify({ ...document, _attachments: Object.fromEntries(attachments) });
  yield `--${boundary}\r\nContent-Type: application/json\r\n\r\n${text}`;
  for (const name of Object.keys(stubs)) {
    if (!wanted.has(name)) continue;
    const content = database.attachment(id, name, rev);
    const { encoded } = content;
    const file = name.replaceAll(/["\r\n]/g, '_');
    yield `\r\n--${boundary}\r\nContent-Disposition: attachment; filename="${file}"\r\n`;
    if (encoded) yield `Content-Encoding: ${encoded.encoding}\r\n`;
    const length = encoded?.length ?? content.length;
    yield `Content-Type: ${content.contentType}\r\nContent-Length: ${length}\r\n\r\n`;
    if (length > 0) yield* encoded ? content.readEncoded() : content.read();
  }
  yield `\r\n--${boundary}--`;
}
