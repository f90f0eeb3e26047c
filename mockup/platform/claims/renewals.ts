// Renews all leases of a process together, by one timer that runs only while there are any.

import type { Clock } from '../clock/clock.ts';

/** Renewals within one lease: two may fail. */
const RENEWALS = 3;

export class Renewals<T> {
  readonly #clock: Clock;
  readonly #interval_ms: number;
  readonly #renew: (held: T) => void;
  readonly #held = new Set<T>();
  #cancelTimer: (() => void) | undefined;

  constructor(clock: Clock, lease_ms: number, renew: (held: T) => void) {
    this.#clock = clock;
    this.#interval_ms = lease_ms / RENEWALS;
    this.#renew = renew;
  }

  add(held: T): void {
    this.#held.add(held);
    this.#schedule();
  }

  delete(held: T): void {
    this.#held.delete(held);
    if (this.#held.size > 0) return;
    this.#cancelTimer?.();
    this.#cancelTimer = undefined;
  }

  #schedule(): void {
    this.#cancelTimer ??= this.#clock.timer(this.#interval_ms, () => {
      this.#cancelTimer = undefined;
      for (const held of [...this.#held]) this.#renew(held);
      if (this.#held.size > 0) this.#schedule();
    });
  }
}
