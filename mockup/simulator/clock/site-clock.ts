// The clock of one site's machines: the world's time, and how wrong it is. It can be set (a step) and
// go too fast or too slowly (drift); timers keep the world's time.

import type { Clock } from '../../platform/clock/clock.ts';

export class SiteClock implements Clock {
  readonly timer: Clock['timer'];
  readonly sleep: Clock['sleep'];
  readonly #world: Clock;
  #offset_ms = 0;
  #rate = 1;
  /** When the rate was changed, in the world's time, and what this clock's own had been by then. */
  #since_ms = 0;
  #monotonic_ms = 0;

  constructor(world: Clock) {
    this.#world = world;
    this.timer = world.timer;
    this.sleep = world.sleep;
  }

  now(): number {
    const gained_ms = this.monotonic() - this.#world.monotonic();
    return Math.floor(this.#world.now() + gained_ms + this.#offset_ms);
  }

  /** Never goes back, whatever the clock is set to. */
  monotonic(): number {
    return this.#monotonic_ms + (this.#world.monotonic() - this.#since_ms) * this.#rate;
  }

  /** Somebody sets the clock, forward or back. */
  step(by_ms: number): void {
    this.#offset_ms += by_ms;
  }

  /** From now on it goes so many times as fast. */
  drift(rate: number): void {
    this.#monotonic_ms = this.monotonic();
    this.#since_ms = this.#world.monotonic();
    this.#rate = rate;
  }

  /** It shows the right time again, and goes right. */
  correct(): void {
    this.drift(1);
    this.#offset_ms = this.#world.monotonic() - this.#monotonic_ms;
  }
}
