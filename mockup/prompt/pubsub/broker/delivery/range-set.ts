// A set of whole numbers from 0 on, kept as ranges: which messages of a topic a subscription is
// done with. Nearly always one range from 0, and a few above it.

export type Range = [first: number, last: number];

export class RangeSet {
  readonly #ranges: Range[];

  constructor(ranges: readonly Range[] = []) {
    this.#ranges = ranges.map(([first, last]) => [first, last]);
  }

  get ranges(): readonly Range[] {
    return this.#ranges;
  }

  /** The highest number in it; -1 where it is empty. */
  get last(): number {
    return this.#ranges.at(-1)?.[1] ?? -1;
  }

  has(number: number): boolean {
    const range = this.#ranges[this.#firstThatEndsAtOrAfter(number)];
    return range !== undefined && range[0] <= number;
  }

  /** True where every number from `first` to `last` is in it. */
  covers(first: number, last: number): boolean {
    const range = this.#ranges[this.#firstThatEndsAtOrAfter(first)];
    return range !== undefined && range[0] <= first && range[1] >= last;
  }

  add(number: number): void {
    this.addRange(number, number);
  }

  addRange(first: number, last: number): void {
    if (last < first) return;
    // Neighbours join, so that [0, 4] and 5 become [0, 5].
    const from = this.#firstThatEndsAtOrAfter(first - 1);
    let to = from;
    let joined: Range = [first, last];
    for (let range = this.#ranges[to]; range && range[0] <= last + 1; range = this.#ranges[to]) {
      joined = [Math.min(joined[0], range[0]), Math.max(joined[1], range[1])];
      to += 1;
    }
    this.#ranges.splice(from, to - from, joined);
  }

  remove(number: number): void {
    const at = this.#firstThatEndsAtOrAfter(number);
    const range = this.#ranges[at];
    if (!range || range[0] > number) return;
    const [first, last] = range;
    const left: Range[] = [
      [first, number - 1],
      [number + 1, last],
    ];
    this.#ranges.splice(at, 1, ...left.filter(([from, to]) => from <= to));
  }

  #firstThatEndsAtOrAfter(number: number): number {
    let low = 0;
    let high = this.#ranges.length;
    while (low < high) {
      const middle = (low + high) >> 1;
      if ((this.#ranges[middle] as Range)[1] < number) low = middle + 1;
      else high = middle;
    }
    return low;
  }
}
