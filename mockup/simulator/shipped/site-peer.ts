// One end of a replication as the receiver's replicator reaches it: its own database directly, that of
// another site over a link that can be slow, cut, or lose an answer.

import type { JsonObject } from '../../couch-server/json-object.ts';
import { LocalPeer } from '../../couch-server/replicator/peers/local-peer.ts';
import type {
  ChangesFilter,
  ChangesGroup,
  FetchedDocument,
  ReplicationPeer,
  Sequence,
  WantedRevision,
  WriteRefusal,
} from '../../couch-server/replicator/peers/peer.ts';
import { ReplicationError } from '../../couch-server/replicator/replication-error.ts';
import type { Arrivals } from './arrivals.ts';
import type { ReplicationLink } from './replication-link.ts';
import type { ShippedServer } from './shipped-server.ts';

export class SitePeer implements ReplicationPeer {
  readonly label: string;
  readonly #local: LocalPeer;
  readonly #link: ReplicationLink | undefined;
  readonly #arrivals: Arrivals | undefined;
  readonly #ended: AbortSignal;

  /** Without a link: a database of the receiver itself. Throws where the server is away. */
  constructor(
    server: ShippedServer,
    name: string,
    { link, arrivals }: { link?: ReplicationLink; arrivals?: Arrivals },
  ) {
    this.label = `${server.url}/${name}/`;
    if (!server.isUp) throw unreachable(this.label);
    this.#ended = server.ended;
    this.#local = new LocalPeer(server.store, name, this.label);
    this.#link = link;
    this.#arrivals = arrivals;
  }

  get gone(): AbortSignal {
    return this.#local.gone;
  }

  info() {
    return this.#over(() => this.#local.info());
  }

  create() {
    return this.#over(() => this.#local.create());
  }

  changes(since: Sequence, limit: number, filter: ChangesFilter) {
    return this.#over(() => this.#local.changes(since, limit, filter));
  }

  async *follow(
    since: Sequence,
    filter: ChangesFilter,
    signal: AbortSignal,
  ): AsyncIterable<ChangesGroup> {
    const lost = [this.#ended, ...(this.#link ? [this.#link.lost] : [])];
    const any = AbortSignal.any([signal, ...lost]);
    for await (const group of this.#local.follow(since, filter, any)) {
      await this.#link?.travel();
      yield group;
    }
    if (!signal.aborted) throw unreachable(this.label);
  }

  revsDiff(revs: Record<string, string[]>) {
    return this.#over(() => this.#local.revsDiff(revs));
  }

  fetch(wanted: readonly WantedRevision[]) {
    return this.#over(() => this.#local.fetch(wanted));
  }

  /** At the receiver, where what arrives may be taken in another order. */
  async write(documents: readonly FetchedDocument[]): Promise<WriteRefusal[]> {
    const refusals: WriteRefusal[] = [];
    for (const portion of this.#arrivals?.portionsOf(documents) ?? [documents]) {
      refusals.push(...(await this.#over(() => this.#local.write(portion))));
    }
    return refusals;
  }

  getLocal(id: string) {
    return this.#over(() => this.#local.getLocal(id));
  }

  putLocal(id: string, document: JsonObject) {
    return this.#over(() => this.#local.putLocal(id, document));
  }

  close(): void {
    this.#local.close();
  }

  async #over<T>(work: () => Promise<T>): Promise<T> {
    await this.#link?.travel();
    if (this.#ended.aborted) throw unreachable(this.label);
    const result = await Promise.race([work(), this.#untilEnd()]);
    await this.#link?.travel();
    return result;
  }

  #untilEnd(): Promise<never> {
    return new Promise((_, reject) => {
      const onEnd = (): void => reject(unreachable(this.label));
      this.#ended.addEventListener('abort', onEnd, { once: true });
    });
  }
}

export function unreachable(label: string): ReplicationError {
  return new ReplicationError('unreachable', `no answer from ${label}`);
}
