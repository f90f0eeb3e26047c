// What a quantity is drawn from. A distribution is a function of one number from 0 to 1 (its
// quantile function), so that the same chance gives comparable draws in comparable scenarios.

import type { Random } from '../../platform/random/random.ts';
import { normalQuantile } from './normal.ts';

export type Distribution =
  | { kind: 'constant'; value: number }
  | { kind: 'exponential'; mean: number }
  | { kind: 'uniform'; low: number; high: number }
  | { kind: 'lognormal'; median: number; sigma: number; most: number }
  /** Rising values with the share of draws at or below them; in between by their logarithm. */
  | { kind: 'table'; points: readonly (readonly [share: number, value: number])[] };

const SMALLEST = 1e-12;

export function draw(distribution: Distribution, random: Random): number {
  return quantileOf(distribution, random.next());
}

/** `p` from 0 to 1. */
export function quantileOf(distribution: Distribution, p: number): number {
  switch (distribution.kind) {
    case 'constant':
      return distribution.value;
    case 'exponential':
      return -distribution.mean * Math.log(Math.max(1 - p, SMALLEST));
    case 'uniform':
      return distribution.low + p * (distribution.high - distribution.low);
    case 'lognormal': {
      const z = normalQuantile(Math.min(Math.max(p, SMALLEST), 1 - SMALLEST));
      return Math.min(distribution.median * Math.exp(distribution.sigma * z), distribution.most);
    }
    case 'table':
      return inTable(distribution.points, p);
  }
}

/** By its quantiles, to about a thousandth of the longest draw. */
export function meanOf(distribution: Distribution, steps = 4096): number {
  let sum = 0;
  for (let step = 0; step < steps; step++) sum += quantileOf(distribution, (step + 0.5) / steps);
  return sum / steps;
}

/** The sigma of a lognormal distribution from its median and its mean. */
export function sigmaOf(median: number, mean: number): number {
  return Math.sqrt(2 * Math.log(mean / median));
}

function inTable(points: readonly (readonly [number, number])[], p: number): number {
  const place = points.findIndex(([share]) => share >= p);
  const [, last] = points.at(-1) as readonly [number, number];
  if (place < 0) return last;
  const [share, value] = points[place] as readonly [number, number];
  const before = points[place - 1];
  if (!before) return value;
  const part = (p - before[0]) / (share - before[0]);
  return Math.exp(Math.log(before[1]) + part * (Math.log(value) - Math.log(before[1])));
}
