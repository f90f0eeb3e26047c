import type { JsonObject } from '../../json-object.ts';
import { checkPortion } from '../portion-limit.ts';
import { ReplicationError } from '../replication-error.ts';
import {
  attachmentStubs,
  inlineBytesMax,
  stubBytes,
  withPlainAttachments,
} from './attachment-stubs.ts';
import { isObject } from './endpoint.ts';
import type { HttpClient } from './http-client.ts';
import { refusal } from './http-refusal.ts';
import type { Fetched, FetchedDocument, PeerAttachment, WantedRevision } from './peer.ts';

// Revisions with their ancestry from a remote source: one `_bulk_get` for all, another one for those
// with small attachments; large attachments are opened one by one, by the target, as streams.

type RevisionDocument = FetchedDocument['document'];
type Answer = { documents: RevisionDocument[]; bytes: number };

/** Attachment bytes asked for in one request. */
const inlineBatchBytes = 8 * 1024 * 1024;
const unsupported = new Set([400, 404, 405, 501]);

export async function fetchRevisions(
  client: HttpClient,
  label: string,
  wanted: readonly WantedRevision[],
  signal: AbortSignal,
): Promise<Fetched> {
  const ask = (revisions: readonly WantedRevision[], attachments: boolean) =>
    bulkGet(client, label, revisions, attachments, signal);
  const first = await ask(wanted, false);
  const documents: FetchedDocument[] = [];
  const small: { id: string; rev: string; bytes: number }[] = [];
  for (const document of first.documents) {
    const stubs = attachmentStubs(document);
    const bytes = stubBytes(stubs);
    if (stubs.size === 0) documents.push({ document });
    else if (bytes <= inlineBytesMax) small.push({ id: document._id, rev: document._rev, bytes });
    else {
      const openAttachment = attachmentOpener(client, label, document, signal);
      documents.push({ document, openAttachment });
    }
  }
  let bytes = first.bytes;
  const announced = small.reduce((sum, document) => sum + document.bytes, bytes);
  checkPortion(announced, wanted.length, label);
  for (const batch of batchesOf(small)) {
    const answer = await ask(batch, true);
    bytes += answer.bytes;
    documents.push(...answer.documents.map((d) => ({ document: withPlainAttachments(d) })));
  }
  return { documents, bytes };
}

async function bulkGet(
  client: HttpClient,
  label: string,
  wanted: readonly WantedRevision[],
  attachments: boolean,
  signal: AbortSignal,
): Promise<Answer> {
  const docs = wanted.map(({ id, rev }) => ({ id, rev }));
  const path = `_bulk_get?revs=true&latest=true&attachments=${attachments}`;
  const answer = await client.json('POST', path, { body: JSON.stringify({ docs }), signal });
  if (unsupported.has(answer.status)) {
    return openRevisions(client, label, wanted, attachments, signal);
  }
  if (answer.status >= 300) throw refusal(label, answer);
  const results = isObject(answer.body) ? answer.body.results : undefined;
  if (!Array.isArray(results)) throw badAnswer(label);
  const entries = results.flatMap((result) => (result as JsonObject).docs as JsonObject[]);
  return { documents: readEntries(entries, label), bytes: answer.bytes };
}

/** The way without `_bulk_get`: one request for each document. */
async function openRevisions(
  client: HttpClient,
  label: string,
  wanted: readonly WantedRevision[],
  attachments: boolean,
  signal: AbortSignal,
): Promise<Answer> {
  const byId = Map.groupBy(wanted, ({ id }) => id);
  const all: Answer = { documents: [], bytes: 0 };
  for (const [id, revisions] of byId) {
    const revs = encodeURIComponent(JSON.stringify(revisions.map(({ rev }) => rev)));
    const query = `open_revs=${revs}&revs=true&latest=true&attachments=${attachments}`;
    const answer = await client.json('GET', `${documentPath(id)}?${query}`, { signal });
    if (answer.status >= 300) throw refusal(label, answer);
    if (!Array.isArray(answer.body)) throw badAnswer(label);
    all.documents.push(...readEntries(answer.body, label));
    all.bytes += answer.bytes;
  }
  return all;
}

/** A revision that is gone was superseded, and a later change tells of its successor. */
function readEntries(entries: readonly unknown[], label: string): RevisionDocument[] {
  const documents = new Map<string, RevisionDocument>();
  for (const entry of entries) {
    const { ok, error } = isObject(entry) ? entry : {};
    if (isObject(ok) && typeof ok._id === 'string' && typeof ok._rev === 'string') {
      documents.set(JSON.stringify([ok._id, ok._rev]), ok as RevisionDocument);
    } else if (isObject(error) && error.error !== 'not_found') {
      const reason = `${label}: ${String(error.reason ?? 'a document cannot be read')}`;
      throw new ReplicationError(String(error.error ?? 'bad_answer'), reason);
    }
  }
  return [...documents.values()];
}

function attachmentOpener(
  client: HttpClient,
  label: string,
  document: RevisionDocument,
  signal: AbortSignal,
) {
  const stubs = attachmentStubs(document);
  return async (name: string): Promise<PeerAttachment> => {
    const file = name.split('/').map(encodeURIComponent).join('/');
    const path = `${documentPath(document._id)}/${file}?rev=${encodeURIComponent(document._rev)}`;
    const body = await client.open('GET', path, { headers: { accept: '*/*' }, signal });
    const status = body.statusCode ?? 0;
    if (status >= 300) throw refusal(label, await client.answerOf(body));
    return { body, length: stubs.get(name)?.length ?? Number(body.headers['content-length']) };
  };
}

function* batchesOf<T extends { bytes: number }>(items: readonly T[]): Iterable<T[]> {
  let batch: T[] = [];
  let bytes = 0;
  for (const item of items) {
    if (batch.length > 0 && bytes + item.bytes > inlineBatchBytes) {
      yield batch;
      [batch, bytes] = [[], 0];
    }
    batch.push(item);
    bytes += item.bytes;
  }
  if (batch.length > 0) yield batch;
}

/** The path of a document below its database; the slash of a design document stays one. */
export function documentPath(id: string): string {
  const special = /^_design\//.exec(id)?.[0] ?? '';
  return special + encodeURIComponent(id.slice(special.length));
}

function badAnswer(label: string): ReplicationError {
  return new ReplicationError('bad_answer', `${label} sent documents in an unknown form`);
}
