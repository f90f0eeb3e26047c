// The way to a cache of another site. While that can't be reached, one of those who wait for it
// tries again and again, and the others only when it came through: a link that is down, or a key
// that is refused, is not tried by each file that waits.

import type { Slots } from '../../platform/actor/slots.ts';
import { TreeSyncError } from '../../platform/files/tree-sync.ts';

/** One of those who wait. */
export interface SourceVisit {
  /** Works in a slot, when nobody else tries alone. Rejects as `work`, or when aborted. */
  attempt(signal: AbortSignal, work: () => Promise<void>): Promise<void>;
  /** Has to be called in the end, so that another one tries. */
  end(): void;
}

export class SourceGate {
  readonly #slots: Slots;
  readonly #waiting = new Set<() => void>();
  /** Who tries alone. */
  #trying: SourceVisit | undefined;

  constructor(slots: Slots) {
    this.#slots = slots;
  }

  visit(): SourceVisit {
    const visit: SourceVisit = {
      attempt: async (signal, work) => {
        for (let done = false; !done; ) {
          while (this.#isClosedTo(visit)) await this.#change(signal);
          done = await this.#slots.run(signal, () => this.#try(visit, work));
        }
      },
      end: () => {
        if (this.#trying === visit) this.#open();
      },
    };
    return visit;
  }

  /** False where somebody else has found out meanwhile that there is no way. */
  async #try(visit: SourceVisit, work: () => Promise<void>): Promise<boolean> {
    if (this.#isClosedTo(visit)) return false;
    try {
      await work();
    } catch (error) {
      if (error instanceof TreeSyncError && error.unreachable) this.#trying ??= visit;
      else if (this.#trying === visit) this.#open();
      throw error;
    }
    this.#open();
    return true;
  }

  #isClosedTo(visit: SourceVisit): boolean {
    return this.#trying !== undefined && this.#trying !== visit;
  }

  #open(): void {
    this.#trying = undefined;
    for (const wake of this.#waiting) wake();
    this.#waiting.clear();
  }

  #change(signal: AbortSignal): Promise<void> {
    return new Promise((resolve, reject) => {
      signal.throwIfAborted();
      const onAbort = (): void => {
        this.#waiting.delete(wake);
        reject(signal.reason);
      };
      const wake = (): void => {
        signal.removeEventListener('abort', onAbort);
        resolve();
      };
      this.#waiting.add(wake);
      signal.addEventListener('abort', onAbort, { once: true });
    });
  }
}
