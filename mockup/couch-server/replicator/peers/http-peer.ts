import type { JsonObject } from '../../json-object.ts';
import { ReplicationError } from '../replication-error.ts';
import { isObject, type PeerAddress, requestHeaders } from './endpoint.ts';
import { followChanges } from './http-changes.ts';
import { HttpClient, type JsonAnswer } from './http-client.ts';
import { fetchRevisions } from './http-fetch.ts';
import { refusal } from './http-refusal.ts';
import { writeDocuments } from './http-write.ts';
import type {
  ChangesFilter,
  ChangesGroup,
  Fetched,
  FetchedDocument,
  PeerChange,
  PeerChanges,
  PeerInfo,
  ReplicationPeer,
  RevisionDifference,
  Sequence,
  WantedRevision,
  WriteRefusal,
} from './peer.ts';

// A database behind HTTP: CouchDB 3, this server on another host, or anything else that speaks
// the replication protocol. Nothing here goes beyond what CouchDB documents.

export class HttpPeer implements ReplicationPeer {
  readonly label: string;
  /** Never aborted: nothing tells. A checkpoint finds out. */
  readonly gone = new AbortController().signal;
  readonly #client: HttpClient;
  readonly #stop = new AbortController();

  constructor(endpoint: PeerAddress & { kind: 'url' }) {
    this.label = endpoint.url;
    this.#client = new HttpClient(endpoint.url, requestHeaders(endpoint));
  }

  async info(): Promise<PeerInfo> {
    const body = await this.#ask('GET', '');
    const { update_seq: updateSeq, instance_start_time: start } = isObject(body) ? body : {};
    if (typeof updateSeq !== 'string' && typeof updateSeq !== 'number') {
      throw new ReplicationError('bad_answer', `${this.label} is not a database`);
    }
    const instance = typeof start === 'string' && start !== '0' ? start : undefined;
    return { updateSeq, instance };
  }

  async create(): Promise<void> {
    const answer = await this.#send('PUT', '');
    if (answer.status === 412) return;
    if (answer.status >= 300) throw refusal(this.label, answer);
  }

  async changes(since: Sequence, limit: number, filter: ChangesFilter): Promise<PeerChanges> {
    const { query, body, method } = changesRequest(since, filter);
    // A filter may pass over much before it finds something; newlines meanwhile show that it works.
    const patience = filter.kind === 'all' ? '' : '&heartbeat=10000';
    const path = `_changes?${query}&feed=normal&limit=${limit}${patience}`;
    const page = (await this.#ask(method, path, body)) as JsonObject;
    if (!isObject(page) || !Array.isArray(page.results)) {
      throw new ReplicationError('bad_answer', `${this.label} sent no list of changes`);
    }
    return {
      rows: page.results.map((row) => readRow(row, this.label)),
      lastSeq: page.last_seq as Sequence,
      pending: typeof page.pending === 'number' ? page.pending : undefined,
    };
  }

  async *follow(
    since: Sequence,
    filter: ChangesFilter,
    signal: AbortSignal,
  ): AsyncIterable<ChangesGroup> {
    const { query, body, method } = changesRequest(since, filter);
    const groups = followChanges(this.#client, {
      method,
      query,
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
      signal: AbortSignal.any([signal, this.#stop.signal]),
    });
    for await (const lines of groups) {
      const rows = lines.map((line) => readRow(line, this.label));
      const last = rows.at(-1);
      if (last) yield { rows, lastSeq: last.seq };
    }
  }

  async revsDiff(revs: Record<string, string[]>): Promise<Record<string, RevisionDifference>> {
    const body = await this.#ask('POST', '_revs_diff', revs);
    const found: Record<string, RevisionDifference> = {};
    for (const [id, entry] of Object.entries(isObject(body) ? body : {})) {
      const { missing, possible_ancestors } = entry as JsonObject;
      found[id] = {
        missing: (missing ?? []) as string[],
        possibleAncestors: (possible_ancestors ?? []) as string[],
      };
    }
    return found;
  }

  fetch(wanted: readonly WantedRevision[]): Promise<Fetched> {
    return fetchRevisions(this.#client, this.label, wanted, this.#stop.signal);
  }

  write(documents: readonly FetchedDocument[]): Promise<WriteRefusal[]> {
    return writeDocuments(this.#client, this.label, documents, this.#stop.signal);
  }

  async getLocal(id: string): Promise<JsonObject | undefined> {
    const answer = await this.#send('GET', `_local/${encodeURIComponent(id)}`);
    if (answer.status === 404) return undefined;
    if (answer.status >= 300) throw refusal(this.label, answer);
    return isObject(answer.body) ? answer.body : undefined;
  }

  /** The current `_rev` is read where the server wants it (a 409); only one writer is expected. */
  async putLocal(id: string, document: JsonObject): Promise<void> {
    const path = `_local/${encodeURIComponent(id)}`;
    for (let attempt = 1; ; attempt++) {
      const current = attempt === 1 ? undefined : (await this.getLocal(id))?._rev;
      const body = current === undefined ? document : { ...document, _rev: current };
      const answer = await this.#send('PUT', path, body);
      if (answer.status < 300) return;
      if (answer.status !== 409 || attempt === 3) throw refusal(this.label, answer);
    }
  }

  close(): void {
    this.#stop.abort();
  }

  async #ask(method: string, path: string, body?: JsonObject): Promise<unknown> {
    const answer = await this.#send(method, path, body);
    if (answer.status >= 300) throw refusal(this.label, answer);
    return answer.body;
  }

  #send(method: string, path: string, body?: JsonObject): Promise<JsonAnswer> {
    return this.#client.json(method, path, {
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
      signal: this.#stop.signal,
    });
  }
}

function changesRequest(since: Sequence, filter: ChangesFilter) {
  const place = encodeURIComponent(typeof since === 'string' ? since : JSON.stringify(since));
  const query = `style=all_docs&since=${place}`;
  if (filter.kind === 'doc-ids') {
    const body = { doc_ids: filter.docIds };
    return { method: 'POST', query: `${query}&filter=_doc_ids`, body };
  }
  if (filter.kind === 'selector') {
    const body = { selector: filter.selector };
    return { method: 'POST', query: `${query}&filter=_selector`, body };
  }
  return { method: 'GET', query, body: undefined };
}

function readRow(row: unknown, label: string): PeerChange {
  const { seq, id, changes } = isObject(row) ? row : {};
  if (typeof id !== 'string' || !Array.isArray(changes) || seq === undefined) {
    throw new ReplicationError('bad_answer', `${label} sent a change that cannot be read`);
  }
  return { seq: seq as Sequence, id, revs: changes.map((change) => String(change.rev)) };
}
