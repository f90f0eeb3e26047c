/** `COPY /db/id`: a document, or a `_local` one, under another id. */
import { badRequest, notFound } from '../../couch-error.ts';
import type { JsonObject } from '../../json-object.ts';
import { type Encoded, StagedBlob } from '../../store/documents/attachment-edit.ts';
import { checkAnyId, type Edit } from '../../store/documents/document.ts';
import { canonicalRevision } from '../../store/documents/rev-tree.ts';
import { parseAtts, type StoredAttachment } from '../../store/documents/row.ts';
import { LOCAL, parseLocal } from '../../store/local-documents.ts';
import { NO_OPTIONS } from '../../store/reader.ts';
import type { SqliteDatabase } from '../../store/sqlite-database.ts';
import type { ServerContext } from '../context.ts';
import type { Exchange } from '../exchange.ts';
import { encodeSegment } from '../wire/path.ts';
import { admitted, answerWritten, givenRev, written } from '../wire/write-answer.ts';

export async function copyDocument(
  exchange: Exchange,
  context: ServerContext,
  database: SqliteDatabase,
  id: string,
): Promise<void> {
  const { targetId, targetRev } = destinationOf(exchange);
  const source = sourceOf(exchange, database, id);
  if (targetId.startsWith(LOCAL)) {
    const { maxDocumentSize } = exchange.limits;
    const copy = parseLocal(targetId, source.value, maxDocumentSize, targetRev);
    const [rev = ''] = await database.writeLocals([copy]);
    const path = `/${encodeSegment(database.name)}/${encodeSegment(targetId)}`;
    const headers = { Location: exchange.location(path), ETag: `"${rev}"` };
    return exchange.json(201, { ok: true, id: targetId, rev }, headers);
  }
  const edit = { ...source, id: targetId, rev: targetRev, hashes: undefined, deleted: false };
  const copy = admitted(exchange, context, database, edit, true);
  const copied = written(await database.writeEdit(copy));
  answerWritten(exchange, database, edit, copied);
}

function destinationOf(exchange: Exchange): {
  readonly targetId: string;
  readonly targetRev: string | undefined;
} {
  const destination = exchange.header('destination');
  if (!destination) throw badRequest('Destination header is mandatory for COPY.');
  if (/^https?:/.test(destination)) throw badRequest('Destination URL must be relative.');
  const [target = '', search] = destination.split('?', 2);
  const targetId = checkAnyId(decoded(target));
  if (search === undefined) return { targetId, targetRev: undefined };
  return { targetId, targetRev: canonicalRevision(new URLSearchParams(search).get('rev')) };
}

function decoded(target: string): string {
  try {
    return decodeURIComponent(target);
  } catch {
    throw badRequest('The Destination header is not a document id');
  }
}

function sourceOf(
  exchange: Exchange,
  database: SqliteDatabase,
  id: string,
): Pick<Edit, 'value' | 'body' | 'attachments'> {
  const rev = givenRev(exchange);
  if (id.startsWith(LOCAL)) {
    const document = database.getLocal(id);
    if (!document) throw notFound('missing');
    const { _id, _rev, ...value } = document;
    return { value, body: JSON.stringify(value), attachments: [] };
  }
  const { rev: from } = database.reader.get(id, rev === undefined ? NO_OPTIONS : { rev });
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
  return { value, body: revision.body, attachments };
}

function encodedOf({ encoding, encoded_length: length }: StoredAttachment): Encoded | undefined {
  return encoding === undefined || length === undefined ? undefined : { encoding, length };
}
