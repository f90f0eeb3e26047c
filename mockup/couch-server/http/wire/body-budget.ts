/**
 * Bounds the bytes of all large request bodies together: each is a multiple of itself in memory until
 * its request is answered, so that many at once would end the process.
 */
import { CouchError } from '../../couch-error.ts';

/** Bodies up to here are not counted: they are small, and there are many. */
const UNCOUNTED = 256 * 1024;

export class BodyBudget {
  readonly #limit: number;
  #taken = 0;

  constructor(limit: number) {
    this.#limit = limit;
  }

  /** For one request; give it back when the answer is out. */
  share(): BodyShare {
    let own = 0;
    let isReleased = false;
    return {
      grow: (size) => {
        // What is unpacked for a client that is gone would be given back by nobody.
        if (isReleased) throw brokenOff();
        if (size <= UNCOUNTED || size <= own) return;
        // One body alone always fits: its own limit holds it.
        if (this.#taken > own && this.#taken - own + size > this.#limit) throw busy();
        this.#taken += size - own;
        own = size;
      },
      release: () => {
        this.#taken -= own;
        own = 0;
        isReleased = true;
      },
    };
  }
}

export interface BodyShare {
  /** Throws CouchError 503 where others hold too much, 400 after the release. */
  grow(size: number): void;
  release(): void;
}

const busy = (): CouchError =>
  new CouchError(503, 'service_unavailable', 'too many large requests at a time: try again soon');

const brokenOff = (): CouchError => new CouchError(400, 'bad_request', 'the request broke off');
