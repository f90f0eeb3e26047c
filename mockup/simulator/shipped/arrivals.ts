// In which order documents that come from other sites are taken: as they come, or each by itself in
// another order.

import { integerBetween, type Random } from '../../platform/random/random.ts';

export class Arrivals {
  isReordering = false;
  readonly #random: Random;

  constructor(random: Random) {
    this.#random = random;
  }

  portionsOf<T>(documents: readonly T[]): (readonly T[])[] {
    if (!this.isReordering) return [documents];
    const left = [...documents];
    const portions: T[][] = [];
    while (left.length > 0) {
      portions.push(left.splice(integerBetween(this.#random, 0, left.length - 1), 1));
    }
    return portions;
  }
}
