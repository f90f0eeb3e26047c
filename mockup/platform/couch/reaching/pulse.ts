// Whether a server that says nothing is idle or frozen. A process follows many feeds of one server;
// one of them, the bearer, asks for a heartbeat every few seconds and speaks for all: frequent
// heartbeats on each would cost more than all the rest of an idle line.

export interface PulseFeed {
  /** The server fell silent: gives the present connection up. */
  lose(error: Error): void;
  /** Connects again, as the bearer. */
  reconnect(): void;
}

export class Pulse {
  readonly #feeds = new Set<PulseFeed>();
  #bearer: PulseFeed | undefined;

  join(feed: PulseFeed): void {
    this.#feeds.add(feed);
    this.#bearer ??= feed;
  }

  leave(feed: PulseFeed): void {
    this.#feeds.delete(feed);
    if (this.#bearer === feed) this.#choose();
  }

  isBearer(feed: PulseFeed): boolean {
    return this.#bearer === feed;
  }

  /** The bearer's feed failed by itself, such as one of a database that is gone: another one bears. */
  pass(feed: PulseFeed): void {
    if (this.#bearer !== feed || this.#feeds.size === 1) return;
    // Last in the order from now on.
    this.#feeds.delete(feed);
    this.#choose();
    this.#feeds.add(feed);
  }

  /** Told by the bearer. */
  fellSilent(error: Error): void {
    for (const feed of this.#feeds) if (feed !== this.#bearer) feed.lose(error);
  }

  #choose(): void {
    [this.#bearer] = this.#feeds;
    this.#bearer?.reconnect();
  }
}
