// Requests that read the database wait their turn, so that many pages at once do not keep it from
// its work.

import { ApiError } from './api-error.ts';

const WAITING_MAX = 200;

export class Gate {
  readonly #width: number;
  readonly #waiting: (() => void)[] = [];
  #running = 0;

  constructor(width: number) {
    this.#width = width;
  }

  /** Throws ApiError 503 where too many wait already. */
  async run<T>(work: () => Promise<T>): Promise<T> {
    if (this.#running >= this.#width) {
      if (this.#waiting.length >= WAITING_MAX) {
        throw new ApiError(503, 'too_many_requests', 'too many requests wait already');
      }
      await new Promise<void>((resolve) => this.#waiting.push(resolve));
    } else this.#running += 1;
    try {
      return await work();
    } finally {
      // Whoever waits takes this place over.
      const next = this.#waiting.shift();
      if (next) next();
      else this.#running -= 1;
    }
  }
}
