// How soon the next batch of a running feed may begin. A few changes now and then are carried at
// once; a stream of them is gathered, so that its cost grows with time and not with its length.

export type BatchPacerOptions = {
  /** Milliseconds between batches of a long stream. */
  spacing_ms: number;
  /** Batches that may follow each other at once after a pause. */
  burst: number;
};

export class BatchPacer {
  readonly #options: BatchPacerOptions;
  #credit: number;
  #last_ms: number | undefined;

  constructor(options: BatchPacerOptions) {
    this.#options = options;
    this.#credit = options.burst;
  }

  /** Milliseconds to wait before the batch that is about to begin at `now_ms` (any clock). */
  next(now_ms: number): number {
    const { spacing_ms, burst } = this.#options;
    const passed_ms = now_ms - (this.#last_ms ?? now_ms);
    const credit = Math.min(burst, this.#credit + passed_ms / spacing_ms) - 1;
    this.#last_ms = now_ms;
    this.#credit = credit;
    return Math.max(0, -credit * spacing_ms);
  }
}
