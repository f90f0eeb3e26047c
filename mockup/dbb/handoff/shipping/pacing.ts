// A limit on the rate of transfers whose command knows none: each may begin when those before it
// would have ended at that rate.

import type { Clock } from '../../../platform/clock/clock.ts';

export class Pacing {
  readonly #clock: Clock;
  readonly #bytes_per_ms: number | undefined;
  #free_ms = 0;

  /** `mbytes_per_sec`: 2^20 bytes per second; null for no limit. */
  constructor(clock: Clock, mbytes_per_sec: number | null) {
    this.#clock = clock;
    if (mbytes_per_sec !== null) this.#bytes_per_ms = (mbytes_per_sec * 2 ** 20) / 1000;
  }

  async wait(bytes: number): Promise<void> {
    if (this.#bytes_per_ms === undefined) return;
    const now_ms = this.#clock.monotonic();
    const begin_ms = Math.max(now_ms, this.#free_ms);
    this.#free_ms = begin_ms + bytes / this.#bytes_per_ms;
    if (begin_ms > now_ms) await this.#clock.sleep(begin_ms - now_ms);
  }
}
