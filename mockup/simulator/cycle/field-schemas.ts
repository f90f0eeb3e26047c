// How the values of a scenario are written: durations, sizes, rates, shares, dates, and what a
// quantity is drawn from.

import { z } from 'zod';
import type { Distribution } from '../quantity/distribution.ts';
import { sigmaOf } from '../quantity/distribution.ts';
import { DURATION_PATTERN, readDuration } from '../quantity/duration.ts';
import { RATE_PATTERN, readRate, readSize, SIZE_PATTERN } from '../quantity/size.ts';
import { runTimePoints } from './published.ts';

const COUNT_MAX = 100_000;

const DURATION = 'a duration such as 90s, 30min, 2h, 30d or 9.5w';
const SIZE = 'a size such as 500 MB or 16.9 GB';
const RATE = 'a rate such as 200 Mbit/s or 1 Gbit/s';
const SHARE = 'a share from 0 to 1';
const DATE = 'a date such as 2019-10-01';

/** Seconds. */
export const duration = z
  .string(DURATION)
  .regex(DURATION_PATTERN, DURATION)
  .transform((text) => readDuration(text) ?? 0);
/** Bytes. */
const size = z
  .string(SIZE)
  .regex(SIZE_PATTERN, SIZE)
  .transform((text) => readSize(text) ?? 0);
/** Bytes a second. */
export const rate = z
  .string(RATE)
  .regex(RATE_PATTERN, RATE)
  .transform((text) => readRate(text) ?? 0)
  .refine((bytes) => bytes > 0, RATE);
export const share = z.number(SHARE).min(0, SHARE).max(1, SHARE);
export const count = z
  .int('a whole number from 0')
  .min(0, 'a whole number from 0')
  .max(COUNT_MAX, `at most ${COUNT_MAX}`);
export const weight = z
  .number('a number from 0')
  .min(0, 'a number from 0')
  .max(1e6, 'at most 1e6');
/** `2019-10-01`; YAML gives it as a text. */
export const date = z
  .string(DATE)
  .regex(/^\d{4}-\d\d-\d\d$/, DATE)
  .refine((text) => new Date(`${text}T00:00:00Z`).toJSON()?.startsWith(text) === true, DATE);

/** Draws of durations, in seconds. */
export const durations = quantity(duration, DURATION);
/** Draws of sizes, in bytes. */
export const sizes = quantity(size, SIZE);

type Amount = z.ZodType<number, string>;

function quantity(amount: Amount, expected: string) {
  const kinds = z.union(
    [
      amount.transform((value): Distribution => ({ kind: 'constant', value })),
      z
        .strictObject({ exponential: amount })
        .transform(({ exponential: mean }): Distribution => ({ kind: 'exponential', mean })),
      z
        .strictObject({ uniform: z.tuple([amount, amount]) })
        .refine(({ uniform: [low, high] }) => low <= high, 'the lower one first')
        .transform(({ uniform: [low, high] }): Distribution => ({ kind: 'uniform', low, high })),
      z
        .strictObject({
          lognormal: z.strictObject({ median: amount, mean: amount, most: amount.optional() }),
        })
        .refine(
          ({ lognormal: { median, mean } }) => median > 0 && mean >= median,
          'a mean that is not below the median',
        )
        .transform(
          ({ lognormal: { median, mean, most } }): Distribution => ({
            kind: 'lognormal',
            median,
            sigma: sigmaOf(median, mean),
            most: most ?? Number.POSITIVE_INFINITY,
          }),
        ),
      z
        .strictObject({ exceeded: z.record(z.string(), amount) })
        .transform((table) => table.exceeded)
        .refine(isTable, 'shares from 1 to 0, and values that rise as these fall')
        .transform((table): Distribution => ({ kind: 'table', points: pointsOf(table) })),
      z
        .literal('alma-run-times')
        .transform((): Distribution => ({ kind: 'table', points: runTimePoints })),
    ],
    `${expected}, alma-run-times, or one of exponential, uniform, lognormal, exceeded with such`,
  );
  return kinds;
}

/** `{0.95: 1h, 0.5: 8h, 0.01: 300h}`: how large a share exceeds it. */
function pointsOf(table: Record<string, number>): [number, number][] {
  return Object.entries(table)
    .map(([exceeding, value]): [number, number] => [1 - Number(exceeding), value])
    .sort(([a], [b]) => a - b);
}

function isTable(table: Record<string, number>): boolean {
  const points = pointsOf(table);
  return (
    points.length > 1 &&
    points.every(([share, value], place) => {
      const before = points[place - 1];
      return share >= 0 && share <= 1 && value > 0 && (before === undefined || value > before[1]);
    })
  );
}
