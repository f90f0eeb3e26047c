// Which of the deliveries that are out ends first. One that was acknowledged or prolonged stays in
// the heap until it comes up, or until such entries are the most of it.

import TinyQueue from 'tinyqueue';

export interface Deadlined {
  deadline_ms: number;
  state: 'out' | 'over';
}

interface Entry<T> {
  at_ms: number;
  delivery: T;
}

const SPARE_ENTRIES = 1000;

export class Deadlines<T extends Deadlined> {
  #heap = new TinyQueue<Entry<T>>([], (a, b) => a.at_ms - b.at_ms);

  /** To be called for each delivery, and again when its deadline was moved. */
  add(delivery: T, out: number): void {
    this.#heap.push({ at_ms: delivery.deadline_ms, delivery });
    if (this.#heap.length > 2 * out + SPARE_ENTRIES) this.#tidy();
  }

  /** Undefined where nothing is out. */
  get next_ms(): number | undefined {
    for (let entry = this.#heap.peek(); entry; entry = this.#heap.peek()) {
      if (isCurrent(entry)) return entry.at_ms;
      this.#heap.pop();
    }
    return undefined;
  }

  /** Takes those whose deadline has passed. */
  takeOver(now_ms: number): T[] {
    const over: T[] = [];
    for (let next = this.next_ms; next !== undefined && next <= now_ms; next = this.next_ms) {
      const entry = this.#heap.pop();
      if (entry) over.push(entry.delivery);
    }
    return over;
  }

  #tidy(): void {
    const current = this.#heap.data.filter(isCurrent);
    this.#heap = new TinyQueue(current, (a, b) => a.at_ms - b.at_ms);
  }
}

function isCurrent({ at_ms, delivery }: Entry<Deadlined>): boolean {
  return delivery.state === 'out' && delivery.deadline_ms === at_ms;
}
