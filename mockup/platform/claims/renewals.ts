// Renews all leases of a process together, by one timer that runs only while there are any.

import type { Clock } from '../clock/clock.ts';

/** Renewals within one lease: two may fail. */
const RENEWALS = 3;

export class Renewals<T> {
  readonly #clock: Clock;
  readonly #interval_ms: number;
  readonly #renew: (held: T) => Promise<void>;
  readonly #held = new Set<T>();
  /** Whose renewal is on its way, and whether the next one is due already. */
  readonly #pending = new Map<T, { isDue: boolean }>();
  #cancelTimer: (() => void) | undefined;

  /** `renew` never rejects. */
  constructor(clock: Clock, lease_ms: number, renew: (held: T) => Promise<void>) {
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
      for (const held of [...this.#held]) void this.#renewUnlessPending(held);
      if (this.#held.size > 0) this.#schedule();
    });
  }

  /** While the database is away one renewal waits for it; the next one follows that at once. */
  async #renewUnlessPending(held: T): Promise<void> {
    const before = this.#pending.get(held);
    if (before) {
      before.isDue = true;
      return;
    }
    const pending = { isDue: true };
    this.#pending.set(held, pending);
    try {
      while (pending.isDue && this.#held.has(held)) {
        pending.isDue = false;
        await this.#renew(held);
      }
    } finally {
      this.#pending.delete(held);
    }
  }
}
