// The images of one detector's visit as they come: by the events of its own subscription, and by a
// look into the bucket for those that were there before it. Each exposure counts once.

import { imagePrefix, readImageName } from '../../core/prompt/image-name.ts';
import type { Visit } from '../../core/prompt/visit.ts';
import type { Snap } from '../../core/prompt/visit-record.ts';
import type { Clock } from '../../platform/clock/clock.ts';
import type { Logger } from '../../platform/log/logger.ts';
import type { ImageEvent } from '../visits/late-images.ts';

export class ImageArrivals {
  readonly #visit: Visit;
  readonly #clock: Clock;
  readonly #log: Logger;
  readonly #snaps = new Map<number, Snap>();
  #changed: () => void = () => {};
  #failure: Error | undefined;

  constructor(visit: Visit, clock: Clock, log: Logger) {
    this.#visit = visit;
    this.#clock = clock;
    this.#log = log;
  }

  get snaps(): Snap[] {
    return [...this.#snaps.values()].sort((a, b) => a.snap - b.snap);
  }

  get complete(): boolean {
    return this.#snaps.size >= this.#visit.snaps;
  }

  take({ object, stored }: ImageEvent): void {
    // What is no raw image, or somebody else's, is none of this worker's business.
    const image = readImageName(object);
    if (!image || imagePrefix(image) !== imagePrefix(this.#visit)) return;
    const known = this.#snaps.get(image.snap);
    if (known) {
      if (known.object !== object) {
        this.#log.error(
          { object, used: known.object },
          'a second file for one snap: it is not used',
        );
      }
      return;
    }
    if (image.snap >= this.#visit.snaps) {
      this.#log.error({ object }, 'a snap that was not announced: it is not used');
      return;
    }
    const arrived = new Date(this.#clock.now()).toISOString();
    const { snap, exposureId } = image;
    this.#snaps.set(snap, { snap, exposureId, object, stored, arrived });
    this.#changed();
  }

  fail(error: Error): void {
    this.#failure ??= error;
    this.#changed();
  }

  /**
   * Resolves at each new snap and when the time is over; false: it is. Rejects where the
   * subscription failed.
   */
  async next(limit_ms: number, signal: AbortSignal): Promise<boolean> {
    const before = this.#snaps.size;
    const waiting = new AbortController();
    const changed = new Promise<void>((resolve) => {
      this.#changed = resolve;
    });
    const time = this.#clock.sleep(limit_ms, AbortSignal.any([signal, waiting.signal]));
    try {
      if (!this.#failure && this.#snaps.size === before) await Promise.race([changed, time]);
      if (this.#failure) throw this.#failure;
      return this.#snaps.size > before;
    } finally {
      waiting.abort();
      time.catch(() => {});
    }
  }
}
