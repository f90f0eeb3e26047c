// Timers in the order in which they fire: by time, and by their making where times are equal.

import TinyQueue from 'tinyqueue';

export interface Timer {
  at_ms: number;
  callback: () => void;
}

interface QueuedTimer extends Timer {
  /** Of its making. */
  number: number;
  cancelled: boolean;
}

export class TimerQueue {
  #timers = new TinyQueue<QueuedTimer>([], (a, b) => a.at_ms - b.at_ms || a.number - b.number);
  #made = 0;

  /** The returned function cancels the timer. */
  add(at_ms: number, callback: () => void): () => void {
    const timer = { at_ms, callback, number: this.#made++, cancelled: false };
    this.#timers.push(timer);
    return () => {
      timer.cancelled = true;
      // What it would have done may hold much in memory until its time has come.
      timer.callback = nothing;
    };
  }

  /** Takes the next timer that fires at `end_ms` or before. */
  takeUntil(end_ms: number): Timer | undefined {
    this.#dropCancelled();
    const next = this.#timers.peek();
    if (!next || next.at_ms > end_ms) return undefined;
    return this.#timers.pop();
  }

  get empty(): boolean {
    this.#dropCancelled();
    return this.#timers.length === 0;
  }

  #dropCancelled(): void {
    while (this.#timers.peek()?.cancelled) this.#timers.pop();
  }
}

function nothing(): void {}
