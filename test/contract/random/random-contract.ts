// What every adapter of the Random port keeps.

import { beforeEach, describe, expect, it } from 'vitest';
import {
  integerBetween,
  numberBetween,
  pickOne,
  type Random,
} from '../../../mockup/platform/random/random.ts';

const DRAWS = 2000;

/** Registers the suite; `makeAdapter` is called before each test. */
export function randomContract(name: string, makeAdapter: () => Random): void {
  describe(`random: ${name}`, () => {
    let random: Random;
    const draw = <T>(one: () => T): T[] => Array.from({ length: DRAWS }, one);

    beforeEach(() => {
      random = makeAdapter();
    });

    it('gives numbers from 0 to below 1, spread over all of it', () => {
      const numbers = draw(() => random.next());
      expect(numbers.every((number) => number >= 0 && number < 1)).toBe(true);
      const tenths = new Set(numbers.map((number) => Math.floor(number * 10)));
      expect(tenths.size).toBe(10);
      expect(new Set(numbers).size).toBeGreaterThan(DRAWS * 0.99);
    });

    it.each([0, 1, 5, 16, 32, 33])('gives %i hexadecimal digits', (digits) => {
      expect(random.hex(digits)).toMatch(new RegExp(`^[0-9a-f]{${digits}}$`));
    });

    it('gives other digits each time, and uses all of them', () => {
      const texts = draw(() => random.hex(16));
      expect(new Set(texts).size).toBe(DRAWS);
      expect(new Set(texts.join('')).size).toBe(16);
    });

    it('draws whole numbers between two, both included', () => {
      expect(new Set(draw(() => integerBetween(random, 3, 8))).size).toBe(6);
      expect(draw(() => integerBetween(random, 3, 8)).every((n) => n >= 3 && n <= 8)).toBe(true);
      expect(integerBetween(random, 5, 5)).toBe(5);
    });

    it('draws numbers between two', () => {
      expect(draw(() => numberBetween(random, 1, 3)).every((n) => n >= 1 && n < 3)).toBe(true);
    });

    it('picks each item sooner or later, and refuses where there is none', () => {
      expect(new Set(draw(() => pickOne(random, ['a', 'b', 'c']))).size).toBe(3);
      expect(() => pickOne(random, [])).toThrow(RangeError);
    });
  });
}
