// What of a resource is in use, as time goes.

import type { ResourceRecord } from './cycle-record.ts';

export class Usage {
  readonly changes: ResourceRecord['changes'] = [];
  readonly #now: () => number;
  #inUse = 0;

  /** `now`: the calendar. */
  constructor(now: () => number) {
    this.#now = now;
  }

  begin(): void {
    this.#set(this.#inUse + 1);
  }

  end(): void {
    this.#set(this.#inUse - 1);
  }

  /** The mean from one moment to another. */
  mean(from_ms: number, to_ms: number): number {
    let sum = 0;
    let inUse = 0;
    let since_ms = from_ms;
    for (const [time_ms, next] of [...this.changes, [to_ms, 0] as const]) {
      const at_ms = Math.min(Math.max(time_ms, from_ms), to_ms);
      sum += inUse * (at_ms - since_ms);
      since_ms = at_ms;
      inUse = next;
    }
    return to_ms > from_ms ? sum / (to_ms - from_ms) : 0;
  }

  #set(inUse: number): void {
    this.#inUse = inUse;
    const now_ms = this.#now();
    const last = this.changes.at(-1);
    if (last?.[0] === now_ms) last[1] = inUse;
    else this.changes.push([now_ms, inUse]);
  }
}
