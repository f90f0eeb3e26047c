// Published figures of ALMA that the defaults of a scenario come from, each with its source.

import { HOUR_S } from '../quantity/duration.ts';

/** Run time of the Pipeline, P(T > t) in hours: Cycles 7 and 8, digitised from big-cubes. */
const TOTAL_HOURS: readonly (readonly [exceeding: number, hours: number])[] = [
  [0.95, 1.14],
  [0.9, 1.38],
  [0.8, 2.12],
  [0.7, 3.56],
  [0.6, 5.25],
  [0.5, 8.28],
  [0.4, 12.4],
  [0.3, 20.9],
  [0.2, 36.3],
  [0.1, 71.5],
  [0.05, 129],
  [0.02, 222],
  [0.01, 297],
  [0.005, 380],
];
const LEAST_HOURS = 0.7;
const MOST_HOURS = 1100;

/** Share of runs at or below, and seconds. */
export const runTimePoints: readonly (readonly [number, number])[] = [
  [0, LEAST_HOURS * HOUR_S],
  ...TOTAL_HOURS.map(([exceeding, hours]) => [1 - exceeding, hours * HOUR_S] as const),
  [1, MOST_HOURS * HOUR_S],
];

export const BIG_CUBES = 'github aakepley/big-cubes';
export const NAKOS = 'Nakos et al. 2021, arXiv 2101.03420';
export const GARCIA_YUS = 'García Yus et al. 2021, arXiv 2101.03427';
