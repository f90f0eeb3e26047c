// The end of one branch of a document, with the way to it. Leaves that follow each other share their
// list of revisions, as a document is written ten thousand times in a year.

import { generationOf } from '../../platform/couch/exclusive/leaf-order.ts';

/** Revisions kept of each branch, as CouchDB's default `_revs_limit`. */
export const DEPTH = 1000;

export class Leaf {
  readonly rev: string;
  readonly deleted: boolean;
  /** From the oldest on; what follows `#length` belongs to later leaves. */
  readonly #line: string[];
  readonly #length: number;

  private constructor(deleted: boolean, line: string[]) {
    this.rev = line.at(-1) as string;
    this.deleted = deleted;
    this.#line = line;
    this.#length = line.length;
  }

  /** `history` leads from the leaf back to the oldest known revision. */
  static of(history: readonly string[], deleted: boolean): Leaf {
    return new Leaf(deleted, history.slice(0, DEPTH).reverse());
  }

  /** One more revision on this branch. */
  followedBy(rev: string, deleted: boolean): Leaf {
    const isShared = this.#line.length === this.#length && this.#length < 2 * DEPTH;
    const line = isShared
      ? this.#line
      : this.#line.slice(Math.max(this.#length - DEPTH, 0), this.#length);
    line.push(rev);
    return new Leaf(deleted, line);
  }

  /** All revisions from this one back to the oldest known one. */
  get history(): string[] {
    return this.#line.slice(Math.max(this.#length - DEPTH, 0), this.#length).reverse();
  }

  /** Whether the branch leads over this revision. */
  has(rev: string): boolean {
    // Generations on one branch follow each other.
    const back = generationOf(this.rev) - generationOf(rev);
    return back >= 0 && back < DEPTH && this.#line[this.#length - 1 - back] === rev;
  }
}
