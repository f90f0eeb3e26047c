// Timers in the order in which they fire: by time, and by their making where times are equal.

export interface Timer {
  at_ms: number;
  callback: () => void;
}

interface QueuedTimer extends Timer {
  cancelled: boolean;
}

export class TimerQueue {
  /** The next one last, so that taking it is cheap. */
  #timers: QueuedTimer[] = [];

  /** The returned function cancels the timer. */
  add(at_ms: number, callback: () => void): () => void {
    const timer = { at_ms, callback, cancelled: false };
    this.#timers.splice(this.#placeOf(at_ms), 0, timer);
    return () => {
      timer.cancelled = true;
    };
  }

  /** Takes the next timer that fires at `end_ms` or before. */
  takeUntil(end_ms: number): Timer | undefined {
    this.#dropCancelled();
    const next = this.#timers.at(-1);
    if (!next || next.at_ms > end_ms) return undefined;
    this.#timers.pop();
    return next;
  }

  get empty(): boolean {
    this.#dropCancelled();
    return this.#timers.length === 0;
  }

  #dropCancelled(): void {
    while (this.#timers.at(-1)?.cancelled) this.#timers.pop();
  }

  /** Before all timers of the same time: those were made earlier and stay nearer to the end. */
  #placeOf(at_ms: number): number {
    let low = 0;
    let high = this.#timers.length;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if ((this.#timers[middle] as QueuedTimer).at_ms > at_ms) low = middle + 1;
      else high = middle;
    }
    return low;
  }
}
