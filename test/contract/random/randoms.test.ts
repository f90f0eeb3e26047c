import { describe, expect, it } from 'vitest';
import { createSeededRandom } from '../../../mockup/platform/random/seeded-random.ts';
import { createSystemRandom } from '../../../mockup/platform/random/system-random.ts';
import { randomContract } from './random-contract.ts';

randomContract('system', createSystemRandom);
randomContract('seeded', () => createSeededRandom('a seed'));

describe('a seeded source', () => {
  const sequence = (seed: string) => {
    const random = createSeededRandom(seed);
    return [random.next(), random.hex(8), random.next()];
  };

  it('gives the same again for the same seed', () => {
    expect(sequence('uid://A001/X1/Xb0')).toEqual(sequence('uid://A001/X1/Xb0'));
  });

  it('gives something else for any other seed', () => {
    const seeds = Array.from({ length: 500 }, (_, i) => `seed ${i}`);
    expect(new Set(seeds.map((seed) => JSON.stringify(sequence(seed)))).size).toBe(500);
  });
});
