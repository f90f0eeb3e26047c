import { randomUUID } from 'node:crypto';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import type { JsonObject } from '../../json-object.ts';
import { ReplicationError } from '../replication-error.ts';
import { attachmentDescription, attachmentStubs } from './attachment-stubs.ts';
import { isObject } from './endpoint.ts';
import type { HttpClient, JsonAnswer } from './http-client.ts';
import { documentPath } from './http-fetch.ts';
import { refusal } from './http-refusal.ts';
import type { FetchedDocument, WriteRefusal } from './peer.ts';
import { isFinalRefusal } from './write-refusal.ts';

// Revisions to a remote target: many documents in one `_bulk_docs`, and a multipart PUT for each
// document with large attachments, whose bytes pass through without being collected.

/** JSON bytes in one `_bulk_docs`; one larger document goes alone. */
const requestBytesMax = 4 * 1024 * 1024;

type Encoded = { id: string; json: string };

export async function writeDocuments(
  client: HttpClient,
  label: string,
  documents: readonly FetchedDocument[],
  signal: AbortSignal,
): Promise<WriteRefusal[]> {
  const refusals: WriteRefusal[] = [];
  for (const batch of requestsOf(documents.filter((d) => !d.openAttachment))) {
    refusals.push(...(await bulkDocs(client, label, batch, signal)));
  }
  for (const document of documents.filter((d) => d.openAttachment)) {
    refusals.push(...(await putMultipart(client, label, document, signal)));
  }
  return refusals;
}

function* requestsOf(documents: readonly FetchedDocument[]): Iterable<Encoded[]> {
  let batch: Encoded[] = [];
  let length = 0;
  for (const { document } of documents) {
    const json = JSON.stringify(document);
    if (batch.length > 0 && length + json.length > requestBytesMax) {
      yield batch;
      [batch, length] = [[], 0];
    }
    batch.push({ id: document._id, json });
    length += json.length;
  }
  if (batch.length > 0) yield batch;
}

/** A request that is refused whole because of one member is cut in half until that one is alone. */
async function bulkDocs(
  client: HttpClient,
  label: string,
  batch: readonly Encoded[],
  signal: AbortSignal,
): Promise<WriteRefusal[]> {
  const body = `{"new_edits":false,"docs":[${batch.map(({ json }) => json).join(',')}]}`;
  const answer = await client.json('POST', '_bulk_docs', { body, signal });
  if (answer.status === 400 || answer.status === 413) {
    if (batch.length === 1) return [refusedDocument(batch[0]!.id, answer)];
    const half = batch.length >> 1;
    const first = await bulkDocs(client, label, batch.slice(0, half), signal);
    return [...first, ...(await bulkDocs(client, label, batch.slice(half), signal))];
  }
  if (answer.status >= 300) throw refusal(label, answer);
  const results = Array.isArray(answer.body) ? answer.body : [];
  return results.filter(isFailure).map((result) => readFailure(result, label));
}

function isFailure(result: unknown): result is JsonObject {
  return isObject(result) && result.error !== undefined;
}

function readFailure({ id, error, reason }: JsonObject, label: string): WriteRefusal {
  if (!isFinalRefusal(String(error))) {
    throw new ReplicationError(String(error), `${label}: ${String(reason)}`);
  }
  return { id: String(id), error: String(error), reason: String(reason) };
}

async function putMultipart(
  client: HttpClient,
  label: string,
  { document, openAttachment }: FetchedDocument,
  signal: AbortSignal,
): Promise<WriteRefusal[]> {
  const stubs = attachmentStubs(document);
  const attachments: JsonObject = { ...(document._attachments as JsonObject) };
  for (const [name, stub] of stubs) {
    attachments[name] = { ...attachmentDescription(stub), length: stub.length, follows: true };
  }
  const boundary = randomUUID();
  const json = JSON.stringify({ ...document, _attachments: attachments });
  const head = `--${boundary}\r\nContent-Type: application/json\r\n\r\n${json}`;
  const next = `\r\n--${boundary}\r\n\r\n`;
  const tail = `\r\n--${boundary}--`;
  let length = Buffer.byteLength(head) + tail.length;
  for (const stub of stubs.values()) length += next.length + stub.length;
  const { request, answer } = client.upload(
    'PUT',
    `${documentPath(document._id)}?new_edits=false`,
    {
      headers: {
        'content-type': `multipart/related; boundary="${boundary}"`,
        'content-length': String(length),
      },
      signal,
    },
  );
  answer.catch(() => {}); // Awaited below; an upload that fails first must not end the process.
  const parts = async function* () {
    yield Buffer.from(head);
    for (const [name, stub] of stubs) {
      yield Buffer.from(next);
      yield* exactly(stub.length, (await openAttachment!(name)).body, label);
    }
    yield Buffer.from(tail);
  };
  await pipeline(Readable.from(parts()), request).catch((cause) => {
    if (cause instanceof ReplicationError) throw cause;
    // Otherwise the target may have answered before the end, and that answer says why.
  });
  const result = await client.answerOf(await answer);
  // 412 tells of attachments that it misses now: that is for the next attempt.
  if ([400, 413].includes(result.status)) return [refusedDocument(document._id, result)];
  if ([401, 403].includes(result.status) && (await isOpen(client, signal))) {
    return [refusedDocument(document._id, result)];
  }
  if (result.status >= 300) throw refusal(label, result);
  return [];
}

/** Whether this login is still let into the database, so that a refusal is about the document. */
async function isOpen(client: HttpClient, signal: AbortSignal): Promise<boolean> {
  const { status } = await client.json('GET', '', { signal });
  return status < 300;
}

/** The stream's bytes; a stream that is shorter or longer than announced is an error. */
async function* exactly(length: number, body: Readable, label: string): AsyncIterable<Buffer> {
  let rest = length;
  try {
    for await (const chunk of body as AsyncIterable<Buffer>) {
      rest -= chunk.length;
      if (rest < 0) break;
      yield chunk;
    }
  } catch (cause) {
    throw new ReplicationError('unreachable', `an attachment for ${label} broke off`, { cause });
  }
  if (rest !== 0) {
    const reason = `an attachment for ${label} has not the length that its document gives`;
    throw new ReplicationError('bad_answer', reason);
  }
}

function refusedDocument(id: string, { status, body }: JsonAnswer): WriteRefusal {
  const { error, reason } = isObject(body) ? body : {};
  return { id, error: String(error ?? `http_${status}`), reason: String(reason ?? '') };
}
