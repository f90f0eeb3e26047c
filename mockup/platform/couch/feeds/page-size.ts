// How many documents to ask for at once: what counts is their bytes, which only show when they come.

import { jsonSize } from '../../../core/json-size.ts';

/** A first page must not be too large even of the largest documents. */
const FIRST = 4;
const MOST = 1000;
const GROWTH = 8;
const PAGE_BYTES = 4_000_000;
const SAMPLES = 8;

export class PageSize {
  #documents = FIRST;

  /** Never more than `left`. */
  next(left: number): number {
    return Math.min(this.#documents, left);
  }

  /** Notes what a page held; the next one is made to fit. */
  learn(docs: readonly unknown[]): void {
    if (docs.length === 0) return;
    const step = Math.ceil(docs.length / SAMPLES);
    let bytes = 0;
    let count = 0;
    for (let index = 0; index < docs.length; index += step) {
      bytes += jsonSize(docs[index]);
      count++;
    }
    const fitting = Math.floor(PAGE_BYTES / (bytes / count));
    this.#documents = Math.max(1, Math.min(fitting, MOST, this.#documents * GROWTH));
  }
}
