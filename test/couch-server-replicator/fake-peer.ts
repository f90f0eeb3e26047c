import type {
  ChangesGroup,
  Fetched,
  FetchedDocument,
  PeerChange,
  PeerChanges,
  ReplicationPeer,
  RevisionDifference,
  Sequence,
  WantedRevision,
  WriteRefusal,
} from '../../mockup/couch-server/replicator/peers/peer.ts';
import { ReplicationError } from '../../mockup/couch-server/replicator/replication-error.ts';

// A database in a Map with one revision per document, whose every call can be made to fail and is
// listed: for what can't be brought about with a real server.

export class FakePeer implements ReplicationPeer {
  readonly label = 'fake/';
  readonly gone = new AbortController().signal;
  instance = 'first';
  readonly calls: string[] = [];
  readonly stored = new Map<string, string>();
  readonly locals = new Map<string, Record<string, unknown>>();
  /** Called before each operation with its name; may throw. */
  before: (operation: string, argument?: unknown) => void | Promise<void> = () => {};
  /** Documents that can't be fetched from here, or written to here. */
  readonly bad = new Set<string>();
  readonly #rows: PeerChange[] = [];
  #wake: () => void = () => {};

  put(id: string, rev = '1-a'): void {
    this.stored.set(id, rev);
    this.#rows.push({ seq: this.#rows.length + 1, id, revs: [rev] });
    this.#wake();
  }

  async info() {
    await this.#called('info');
    return { updateSeq: this.#rows.length, instance: this.instance };
  }

  create() {
    return this.#called('create');
  }

  async changes(since: Sequence, limit: number): Promise<PeerChanges> {
    await this.#called('changes', since);
    const rows = this.#rows.slice(Number(since), Number(since) + limit);
    const lastSeq = rows.at(-1)?.seq ?? since;
    return { rows, lastSeq, pending: this.#rows.length - Number(lastSeq) };
  }

  async *follow(since: Sequence, _: unknown, signal: AbortSignal): AsyncIterable<ChangesGroup> {
    let place = Number(since);
    signal.addEventListener('abort', () => this.#wake());
    while (!signal.aborted) {
      await this.#called('follow', place);
      const rows = this.#rows.slice(place);
      if (rows.length > 0) {
        place = this.#rows.length;
        yield { rows, lastSeq: place };
      } else if (!signal.aborted) {
        await new Promise<void>((resolve) => {
          this.#wake = resolve;
        });
      }
    }
  }

  async revsDiff(revs: Record<string, string[]>): Promise<Record<string, RevisionDifference>> {
    await this.#called('revsDiff', revs);
    const lacking = Object.entries(revs).filter(([id, [rev]]) => this.stored.get(id) !== rev);
    return Object.fromEntries(
      lacking.map(([id, missing]) => [id, { missing, possibleAncestors: [] }]),
    );
  }

  async fetch(wanted: readonly WantedRevision[]): Promise<Fetched> {
    await this.#called('fetch', wanted.length);
    for (const { id } of wanted) this.#needGood(id);
    const documents = wanted.map(({ id, rev }) => ({ document: { _id: id, _rev: rev } }));
    return { documents, bytes: 100 * documents.length };
  }

  async write(documents: readonly FetchedDocument[]): Promise<WriteRefusal[]> {
    await this.#called('write', documents.length);
    for (const { document } of documents) this.#needGood(document._id);
    for (const { document } of documents) this.stored.set(document._id, document._rev);
    return [];
  }

  async getLocal(id: string) {
    await this.#called('getLocal');
    return this.locals.get(id);
  }

  async putLocal(id: string, document: Record<string, unknown>) {
    await this.#called('putLocal', document.source_last_seq);
    this.locals.set(id, structuredClone(document));
  }

  close() {
    this.calls.push('close');
  }

  #needGood(id: string): void {
    if (!this.bad.has(id)) return;
    throw new ReplicationError('bad_answer', 'an attachment has not the length that it gives');
  }

  async #called(operation: string, argument?: unknown): Promise<void> {
    this.calls.push(operation);
    await this.before(operation, argument);
  }
}
