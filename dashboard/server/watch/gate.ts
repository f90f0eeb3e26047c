// Whoever reads the database waits for a turn, so that many at once neither keep it from its work
// nor fill the memory.

import { AppError } from '../../../mockup/core/errors.ts';

const WAITING_MAX = 200;

export class Gate {
  readonly #width: number;
  readonly #waiting: (() => void)[] = [];
  #running = 0;

  constructor(width: number) {
    this.#width = width;
  }

  /** Throws AppError `too_many_requests` where too many wait already. */
  async run<T>(work: () => Promise<T>): Promise<T> {
    if (this.#running >= this.#width) {
      if (this.#waiting.length >= WAITING_MAX) {
        throw new AppError('too_many_requests', 'too many requests wait already', {
          retriable: true,
        });
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
