// A goal such as `p90(observation-to-delivery) <= 30d` or `kpi >= 90%`, and whether it is met.

import { InvalidInputError } from '../../core/errors.ts';
import { quantileShares, type Summary } from '../measures/summary.ts';
import { type TimingName, timingNames } from '../measures/timings.ts';
import { readDuration } from '../quantity/duration.ts';

export interface Goal {
  text: string;
  measure(summary: Summary): number;
  isMet(value: number): boolean;
}

const statistics: Readonly<Record<string, (summary: Summary, name: TimingName) => number>> = {
  mean: ({ timings }, name) => timings[name].mean_s,
  median: ({ timings }, name) => timings[name].quantiles_s[1] ?? Number.NaN,
  ...Object.fromEntries(
    quantileShares.map((share, place) => [
      share === 1 ? 'most' : `p${Math.round(share * 100)}`,
      ({ timings }: Summary, name: TimingName) => timings[name].quantiles_s[place] ?? Number.NaN,
    ]),
  ),
};

/** Throws InvalidInputError. */
export function readGoal(text: string): Goal {
  const found = /^\s*(?:(\w+)\s*\(\s*([\w-]+)\s*\)|(kpi))\s*(<=|>=|<|>)\s*(\S.*?)\s*$/.exec(text);
  if (!found) {
    throw refused(text, '"p90(observation-to-delivery) <= 30d" or "kpi >= 90%"');
  }
  const [, statistic = '', name = '', kpi, comparison = '', limit = ''] = found;
  const isMet = compare(comparison, kpi ? shareOf(text, limit) : secondsOf(text, limit));
  if (kpi) return { text, isMet, measure: (summary) => summary.kpi };
  const measure = statistics[statistic];
  if (!measure) throw refused(text, `one of ${Object.keys(statistics).join(', ')}`, statistic);
  const timing = timingNames.find((one) => one === name);
  if (!timing) throw refused(text, `a measure: ${timingNames.join(', ')}`, name);
  return { text, isMet, measure: (summary) => measure(summary, timing) };
}

function compare(comparison: string, limit: number): (value: number) => boolean {
  if (comparison === '<=') return (value) => value <= limit;
  if (comparison === '<') return (value) => value < limit;
  if (comparison === '>=') return (value) => value >= limit;
  return (value) => value > limit;
}

function secondsOf(text: string, limit: string): number {
  const seconds = readDuration(limit);
  if (seconds === undefined) throw refused(text, 'a duration such as 30d', limit);
  return seconds;
}

function shareOf(text: string, limit: string): number {
  const [, number, unit] = /^(\d+(?:\.\d+)?)\s*(%?)$/.exec(limit) ?? [];
  const share = number === undefined ? Number.NaN : Number(number) / (unit === '%' ? 100 : 1);
  if (!(share >= 0 && share <= 1))
    throw refused(text, 'a share from 0 to 1, or 0% to 100%', limit);
  return share;
}

function refused(text: string, expected: string, got: string = text): InvalidInputError {
  return new InvalidInputError(
    `--goal: expected ${expected}; got ${JSON.stringify(got.slice(0, 80))}`,
  );
}
