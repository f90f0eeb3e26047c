// Message ids: numbers that only grow, also across restarts. Blocks of them are reserved in the
// database ahead of their use, so that a message costs no write of its own for its id.

import type { Dirty } from './journal.ts';

const BLOCK = 1_000_000;

export class MessageIds implements Dirty {
  readonly id = 'counter';
  readonly bytes = 100;
  #next: number;
  #reserved: number;

  /** `reserved`: as stored; a new server begins at 1. */
  constructor(reserved = 0) {
    this.#next = reserved + 1;
    this.#reserved = reserved + BLOCK;
  }

  /** A new id; `grown` is called where the document must be stored before it may be used. */
  next(grown: () => void): string {
    if (this.#next > this.#reserved - BLOCK / 2) {
      this.#reserved += BLOCK;
      grown();
    }
    const id = this.#next;
    this.#next += 1;
    return String(id);
  }

  content(): Record<string, unknown> {
    return { kind: 'counter', reserved: this.#reserved };
  }
}
