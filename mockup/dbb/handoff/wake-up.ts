// Waiting for the first of two things: a call, or a time. A call that comes while nobody waits is
// kept for the next one who does.

import type { Clock } from '../../platform/clock/clock.ts';

export class WakeUp {
  readonly #clock: Clock;
  #called = false;
  #resume: (() => void) | undefined;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** For callbacks. */
  readonly call = (): void => {
    this.#called = true;
    this.#resume?.();
  };

  async wait(limit_ms: number): Promise<void> {
    if (!this.#called) {
      await new Promise<void>((resolve) => {
        const cancel = this.#clock.timer(limit_ms, resolve);
        this.#resume = () => {
          cancel();
          resolve();
        };
      });
      this.#resume = undefined;
    }
    this.#called = false;
  }
}
