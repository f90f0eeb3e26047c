import type { Clock } from '../../../platform/clock/clock.ts';
import type { Fetched, PeerChange, ReplicationPeer, WantedRevision } from '../peers/peer.ts';
import type { ReplicationProgress } from '../progress.ts';
import { ReplicationError } from '../replication-error.ts';
import { LeftDocuments } from './left-documents.ts';

// Carries the revisions behind a batch of changes from source to target: ask the target what it
// lacks, fetch that in portions, store each. The next portion is fetched while one is stored.

/** Bytes of a portion aimed at; documents may be 8 MB each, or a hundred bytes. */
const portionBytes = 4 * 1024 * 1024;
const portionDocumentsMax = 500;

export class Transfer {
  readonly #source: ReplicationPeer;
  readonly #target: ReplicationPeer;
  readonly #progress: ReplicationProgress;
  readonly #failures = new Map<string, ReplicationError>();
  #portion = 50;
  /** Documents that were passed over; the place must stay before them. */
  readonly #clock: Pick<Clock, 'monotonic'>;
  readonly left = new LeftDocuments();

  constructor(
    source: ReplicationPeer,
    target: ReplicationPeer,
    progress: ReplicationProgress,
    clock: Pick<Clock, 'monotonic'>,
  ) {
    this.#clock = clock;
    this.#source = source;
    this.#target = target;
    this.#progress = progress;
  }

  /**
   * When it returns, the target has durably stored (or refused for good) all of these changes but
   * those of documents that are in `left`.
   */
  async run(rows: readonly PeerChange[]): Promise<void> {
    if (rows.length === 0) return;
    this.#failures.clear();
    await this.#carry(rows);
    for (const row of rows) {
      const failure = this.#failures.get(row.id);
      if (failure) this.left.leave(row, failure, this.#clock.monotonic());
      else this.left.arrived(row.id);
    }
    const { failure } = this.left;
    if (failure && this.left.isFull) throw failure;
  }

  async #carry(rows: readonly PeerChange[]): Promise<void> {
    const revs: Record<string, string[]> = {};
    for (const row of rows) revs[row.id] = row.revs;
    const difference = await this.#target.revsDiff(revs);
    const wanted = Object.entries(difference).flatMap(([id, { missing }]) =>
      missing.map((rev) => ({ id, rev })),
    );
    let checked = 0;
    for (const list of Object.values(revs)) checked += list.length;
    this.#progress.add({ missing_checked: checked, missing_found: wanted.length });
    await this.#copy(wanted);
  }

  async #copy(wanted: WantedRevision[]): Promise<void> {
    let next = this.#fetchPortion(wanted);
    while (next) {
      const fetched: Fetched = await next;
      next = this.#fetchPortion(wanted);
      next?.catch(() => {}); // Awaited in the next round, unless the write below fails first.
      await this.#store(fetched);
    }
  }

  /** Takes a portion off the front of `wanted`; undefined when nothing is left. */
  #fetchPortion(wanted: WantedRevision[]): Promise<Fetched> | undefined {
    if (wanted.length === 0) return undefined;
    return this.#fetch(wanted, wanted.splice(0, this.#portion));
  }

  /** A portion that proves too large is halved; what was cut off goes back to the front. */
  async #fetch(wanted: WantedRevision[], portion: WantedRevision[]): Promise<Fetched> {
    for (;;) {
      try {
        const fetched = await this.#source.fetch(portion);
        this.#adapt(fetched);
        this.#progress.add({ bulk_get_attempts: 1, bulk_get_docs: fetched.documents.length });
        return fetched;
      } catch (cause) {
        const tooLarge = cause instanceof ReplicationError && cause.error === 'answer_too_large';
        if (!tooLarge) return this.#fetchAlone(portion, cause);
        if (portion.length === 1) throw cause;
        this.#portion = Math.max(1, portion.length >> 2);
        wanted.unshift(...portion.splice(this.#portion));
      }
    }
  }

  #adapt({ documents, bytes }: Fetched): void {
    if (documents.length === 0) return;
    const fitting = Math.floor(portionBytes / Math.max(1, bytes / documents.length));
    this.#portion = Math.max(1, Math.min(fitting, portionDocumentsMax, this.#portion * 4));
  }

  /** After a failure of several: each by itself, so that only those that fail are left out. */
  async #fetchAlone(portion: readonly WantedRevision[], cause: unknown): Promise<Fetched> {
    const all: Fetched = { documents: [], bytes: 0 };
    if (portion.length === 1) this.#passOver(portion[0]!.id, cause);
    else {
      needDocumentFailure(cause);
      for (const wanted of portion) {
        try {
          const one = await this.#source.fetch([wanted]);
          all.documents.push(...one.documents);
          all.bytes += one.bytes;
        } catch (failure) {
          this.#passOver(wanted.id, failure);
        }
      }
    }
    this.#progress.add({ bulk_get_attempts: 1, bulk_get_docs: all.documents.length });
    return all;
  }

  async #store({ documents }: Fetched): Promise<void> {
    this.#progress.add({ docs_read: documents.length });
    if (documents.length === 0) return;
    try {
      await this.#write(documents);
    } catch (cause) {
      if (documents.length === 1) return this.#passOver(documents[0]!.document._id, cause);
      needDocumentFailure(cause);
      for (const document of documents) {
        await this.#write([document]).catch((failure) => {
          this.#passOver(document.document._id, failure);
        });
      }
    }
  }

  async #write(documents: Fetched['documents']): Promise<void> {
    const refusals = await this.#target.write(documents);
    this.#progress.add({
      docs_written: documents.length - refusals.length,
      doc_write_failures: refusals.length,
    });
  }

  /** Throws what is no failure of this document alone: a peer that is away, or stops. */
  #passOver(id: string, cause: unknown): void {
    const { error, reason } = needDocumentFailure(cause);
    this.#progress.add({ doc_write_failures: 1 });
    const failure = new ReplicationError(error, `document ${id}: ${reason}`, {
      cause,
      document: id,
    });
    this.#failures.set(id, failure);
  }
}

/** What says nothing of a document: the server, the database or the login are at fault. */
const ofThePeer = new Set([
  'unreachable',
  'unauthorized',
  'forbidden',
  'db_not_found',
  'db_replaced',
  'internal_server_error',
  'insufficient_storage',
]);

function needDocumentFailure(cause: unknown): ReplicationError {
  if (cause instanceof ReplicationError && !ofThePeer.has(cause.error)) return cause;
  throw cause;
}
