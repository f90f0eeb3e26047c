// The files in the hands of this process that its plugin has not begun: filled by claims, emptied by
// the lanes.

import type { Clock } from '../../../../platform/clock/clock.ts';
import type { ClaimedFile } from '../event-store.ts';
import { AHEAD_MS, ClaimWindow } from './claim-window.ts';

export class Hand {
  readonly #clock: Clock;
  readonly #batch: number;
  readonly #window: ClaimWindow;
  #waiting: { claimed: ClaimedFile; since_ms: number }[] = [];
  #takers: (() => void)[] = [];
  #givers: (() => void)[] = [];
  #taken = 0;
  #closed = false;
  #more = false;
  /** Not before the plugin has shown it. */
  #pluginIsFast = false;
  /** While the target is away each lane gets one file at a time, and none waits. */
  #held = false;

  constructor(clock: Clock, { batch, lanes }: { batch: number; lanes: number }) {
    this.#clock = clock;
    this.#batch = batch;
    this.#window = new ClaimWindow(batch * lanes);
  }

  /** Files that wait, and those that a lane has taken. */
  get count(): number {
    return this.#waiting.length + this.#taken;
  }

  /** A lane is done with so many, after so long. */
  finished(count: number, duration_ms: number): void {
    this.#taken -= count;
    this.#pluginIsFast = duration_ms < AHEAD_MS;
  }

  /** Resolves with how many may be claimed now; 0 once it is closed. */
  async room(): Promise<number> {
    while (!this.#closed && this.#room === 0) {
      await new Promise<void>((resolve) => {
        this.#givers.push(resolve);
      });
    }
    return this.#closed ? 0 : this.#room;
  }

  /** Ahead of a slow plugin nothing is claimed: another process may be free for it. */
  get #room(): number {
    if (this.#held) return this.#waiting.length > 0 ? 0 : this.#takers.length;
    const { size, isAhead } = this.#window;
    if (isAhead) return this.#waiting.length > size / 2 ? 0 : size;
    return this.#waiting.length > 0 ? 0 : this.#takers.length * this.#batch;
  }

  /** `more`: there were as many as asked for, so there may be more. */
  put(files: readonly ClaimedFile[], more: boolean): void {
    this.#more = more;
    const since_ms = this.#clock.monotonic();
    for (const claimed of files) this.#waiting.push({ claimed, since_ms });
    for (const wake of this.#takers.splice(0)) wake();
  }

  /** Claims no more than is needed now. Returns what waits, which can be given back. */
  hold(): ClaimedFile[] {
    this.#held = true;
    return this.#waiting.splice(0).map(({ claimed }) => claimed);
  }

  release(): void {
    this.#held = false;
    for (const wake of this.#givers.splice(0)) wake();
  }

  /** Up to so many, at least one; none once it is closed, or when the signal is aborted first. */
  async take(count: number, signal?: AbortSignal): Promise<ClaimedFile[]> {
    let starved = false;
    while (!this.#closed && !signal?.aborted && this.#waiting.length === 0) {
      starved = true;
      await this.#wait(signal);
    }
    if (this.#closed || signal?.aborted) return [];
    const taken = this.#waiting.splice(0, count);
    this.#taken += taken.length;
    const waited_ms = this.#clock.monotonic() - (taken[0]?.since_ms ?? 0);
    this.#window.taken(waited_ms, starved && this.#more && this.#pluginIsFast);
    for (const wake of this.#givers.splice(0)) wake();
    return taken.map(({ claimed }) => claimed);
  }

  async #wait(signal: AbortSignal | undefined): Promise<void> {
    let wake = (): void => {};
    await new Promise<void>((resolve) => {
      wake = resolve;
      this.#takers.push(resolve);
      signal?.addEventListener('abort', wake, { once: true });
      for (const give of this.#givers.splice(0)) give();
    });
    signal?.removeEventListener('abort', wake);
    this.#takers = this.#takers.filter((taker) => taker !== wake);
  }

  /** Gives back what was not begun. */
  close(): ClaimedFile[] {
    this.#closed = true;
    const left = this.#waiting.map(({ claimed }) => claimed);
    this.#waiting = [];
    for (const wake of [...this.#takers.splice(0), ...this.#givers.splice(0)]) wake();
    return left;
  }
}
