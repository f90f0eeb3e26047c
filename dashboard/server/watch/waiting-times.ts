// How long the oldest of many waiting messages has been waiting. Messages come and go all the time
// and there may be very many, so nobody ever looks at all of them: a heap whose top is the oldest,
// from which what waits no more is taken when it gets there.

interface Waiting {
  id: string;
  created_ms: number;
}

/** Entries of messages that wait no more, beyond which the heap is made anew. */
const LEFT_OVER_MAX = 1000;

export class WaitingTimes {
  readonly #created = new Map<string, number>();
  #heap: Waiting[] = [];

  add(id: string, created_ms: number): void {
    this.#created.set(id, created_ms);
    this.#heap.push({ id, created_ms });
    this.#raise(this.#heap.length - 1);
    if (this.#heap.length > 2 * this.#created.size + LEFT_OVER_MAX) this.#tidy();
  }

  remove(id: string): void {
    this.#created.delete(id);
  }

  /** Null where none waits. */
  oldest_ms(): number | null {
    for (;;) {
      const [top] = this.#heap;
      if (!top) return null;
      if (this.#created.get(top.id) === top.created_ms) return top.created_ms;
      this.#dropTop();
    }
  }

  #tidy(): void {
    // In order, and so a heap.
    this.#heap = [...this.#created]
      .map(([id, created_ms]) => ({ id, created_ms }))
      .sort((one, other) => one.created_ms - other.created_ms);
  }

  #dropTop(): void {
    const last = this.#heap.pop();
    if (!last || this.#heap.length === 0) return;
    this.#heap[0] = last;
    this.#lower(0);
  }

  #raise(from: number): void {
    let at = from;
    while (at > 0) {
      const parent = (at - 1) >> 1;
      if (this.#at(parent) <= this.#at(at)) return;
      this.#swap(parent, at);
      at = parent;
    }
  }

  #lower(from: number): void {
    let at = from;
    for (;;) {
      const [left, right] = [2 * at + 1, 2 * at + 2];
      let least = at;
      if (this.#at(left) < this.#at(least)) least = left;
      if (this.#at(right) < this.#at(least)) least = right;
      if (least === at) return;
      this.#swap(least, at);
      at = least;
    }
  }

  #at(index: number): number {
    return this.#heap[index]?.created_ms ?? Number.POSITIVE_INFINITY;
  }

  #swap(one: number, other: number): void {
    const [a, b] = [this.#heap[one], this.#heap[other]];
    if (!a || !b) return;
    this.#heap[one] = b;
    this.#heap[other] = a;
  }
}
