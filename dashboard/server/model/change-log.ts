// The newest changes with their sequence numbers, so that a client that was away for a while gets
// what it missed. Bounded: whoever was away longer gets a new snapshot.

import type { ModelChange } from '../../protocol/live-messages.ts';

export class ModelChangeLog {
  readonly #capacity: number;
  readonly #changes: ModelChange[] = [];
  #seq = 0;

  constructor(capacity: number) {
    this.#capacity = capacity;
  }

  /** Number of the newest change; 0 before the first. */
  get seq(): number {
    return this.#seq;
  }

  add(change: ModelChange): void {
    this.#changes[this.#seq % this.#capacity] = change;
    this.#seq += 1;
  }

  /**
   * What came after change `since`, only the newest of each thing, in order; undefined where not
   * all of it is here any more (or `since` is none of our numbers).
   */
  after(since: number): ModelChange[] | undefined {
    if (!Number.isInteger(since) || since > this.#seq) return undefined;
    if (since < Math.max(0, this.#seq - this.#capacity)) return undefined;
    const seen = new Set<string>();
    const newest: ModelChange[] = [];
    for (let seq = this.#seq - 1; seq >= since; seq--) {
      const change = this.#changes[seq % this.#capacity] as ModelChange;
      const key = `${change.kind} ${idOf(change)}`;
      if (seen.has(key)) continue;
      seen.add(key);
      newest.push(change);
    }
    return newest.reverse();
  }
}

function idOf(change: ModelChange): string {
  return 'removed' in change ? change.removed : change.value.id;
}
