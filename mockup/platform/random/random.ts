// Chance as a port: actors draw from it, so that a seeded source gives the same run again.

export interface Random {
  /** A number from 0 (included) to 1 (excluded). */
  next(): number;
  /** `digits` lower-case hexadecimal digits. */
  hex(digits: number): string;
}

/** A whole number from `low` to `high`, both included. */
export function integerBetween(random: Random, low: number, high: number): number {
  return low + Math.floor(random.next() * (high - low + 1));
}

export function numberBetween(random: Random, low: number, high: number): number {
  return low + random.next() * (high - low);
}

/** One of the items; throws RangeError where there is none. */
export function pickOne<T>(random: Random, items: readonly T[]): T {
  const item = items[integerBetween(random, 0, items.length - 1)];
  if (item === undefined && items.length === 0) throw new RangeError('nothing to pick from');
  return item as T;
}
