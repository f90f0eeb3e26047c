/** The feeds that are open: their number has a limit, and stopping the server ends them. */
import { CouchError } from '../../couch-error.ts';

export class FeedRegistry {
  readonly #limit: number;
  readonly #feeds = new Set<() => void>();

  constructor(limit: number) {
    this.#limit = limit;
  }

  get size(): number {
    return this.#feeds.size;
  }

  /** Registers the function that ends a feed; returns the one that forgets it. Throws 503. */
  add(end: () => void): () => void {
    if (this.#feeds.size >= this.#limit) {
      const reason = `This server keeps at most ${this.#limit} feeds open.`;
      throw new CouchError(503, 'service_unavailable', reason);
    }
    this.#feeds.add(end);
    return () => this.#feeds.delete(end);
  }

  endAll(): void {
    for (const end of [...this.#feeds]) end();
  }
}
