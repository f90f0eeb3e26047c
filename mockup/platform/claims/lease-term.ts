// How long a lease holds, by the holder's own monotonic clock: counted from before the write that
// made or renewed it, so that it is over for the holder before it is over for those who watch.

import type { Clock } from '../clock/clock.ts';

export class LeaseTerm {
  readonly #clock: Clock;
  readonly #length_ms: number;
  #begun_ms: number;

  /** `begun_ms`: monotonic time before the write that made the lease. */
  constructor(clock: Clock, length_ms: number, begun_ms: number) {
    this.#clock = clock;
    this.#length_ms = length_ms;
    this.#begun_ms = begun_ms;
  }

  /** A write that renewed the lease, begun at this monotonic time, is on record. */
  renewed(begun_ms: number): void {
    this.#begun_ms = Math.max(this.#begun_ms, begun_ms);
  }

  get isOver(): boolean {
    return this.#age_ms >= this.#length_ms;
  }

  /** True where a renewal is overdue: the process was held up, or the database is slow. */
  get isWorn(): boolean {
    return this.#age_ms >= this.#length_ms / 2;
  }

  get #age_ms(): number {
    return this.#clock.monotonic() - this.#begun_ms;
  }
}
