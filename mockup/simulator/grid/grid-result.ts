// What comes out of a grid: for each setting the medians over its seeds, with the interval in which
// nine of ten seeds are, its cost, and which is the cheapest that meets the goal.

import { type Scenario, sites } from '../cycle/scenario.ts';
import { ascending, quantile } from '../measures/quantiles.ts';
import type { Summary } from '../measures/summary.ts';
import { type TimingName, timingNames } from '../measures/timings.ts';
import type { Goal } from './goal.ts';
import type { Setting } from './settings.ts';

/** Over the seeds. */
export interface Spread {
  median: number;
  low: number;
  high: number;
}

export interface SettingResult {
  setting: Setting;
  cost: number;
  seeds: number;
  kpi: Spread;
  /** Seconds: the median and the 90 % quantile of each measure. */
  p50: Record<TimingName, Spread>;
  p90: Record<TimingName, Spread>;
  /** Of the goal's measure, and whether its median meets the goal. */
  goal?: { measure: Spread; isMet: boolean };
  /** Named most often. */
  bottleneck: string | undefined;
}

const LOW = 0.05;
const HIGH = 0.95;
const BYTES_OF_GBIT = 1e9 / 8;

export function settingResult(
  setting: Setting,
  scenario: Scenario,
  summaries: readonly Summary[],
  goal: Goal | undefined,
): SettingResult {
  const timing = (place: number) =>
    Object.fromEntries(
      timingNames.map((name) => [
        name,
        spreadOf(summaries.map(({ timings }) => timings[name].quantiles_s[place] as number)),
      ]),
    ) as Record<TimingName, Spread>;
  const measured = goal && spreadOf(summaries.map((summary) => goal.measure(summary)));
  return {
    setting,
    cost: costOf(scenario),
    seeds: summaries.length,
    kpi: spreadOf(summaries.map(({ kpi }) => kpi)),
    p50: timing(1),
    p90: timing(3),
    ...(goal && measured && { goal: { measure: measured, isMet: goal.isMet(measured.median) } }),
    bottleneck: mostOften(summaries.flatMap(({ waiting }) => waiting[0]?.resource ?? [])),
  };
}

function spreadOf(values: readonly number[]): Spread {
  const sorted = ascending(values);
  return {
    median: quantile(sorted, 0.5),
    low: quantile(sorted, LOW),
    high: quantile(sorted, HIGH),
  };
}

/** Of all slots, people and links of the sites that take part. */
export function costOf(scenario: Scenario): number {
  const { cost } = scenario;
  let sum = cost.person * (scenario.assigners.count + scenario.reviewers.count);
  for (const name of sites) {
    const site = scenario[name];
    if (site.share === 0) continue;
    sum += cost.slot * site.slots + cost.person * site.reducers;
    if (name !== 'jao') {
      sum += (cost['gbit/s'] * (site['to-jao'] + site['from-jao'])) / BYTES_OF_GBIT;
    }
  }
  return sum;
}

/** Of those that meet the goal the one of least cost; of equals the one whose measure is best. */
export function cheapest(results: readonly SettingResult[]): SettingResult | undefined {
  return results
    .filter(({ goal }) => goal?.isMet)
    .toSorted((a, b) => a.cost - b.cost || a.p90[LAST].median - b.p90[LAST].median)[0];
}

const LAST: TimingName = 'observation-to-delivery';

function mostOften(names: readonly string[]): string | undefined {
  const counts = Map.groupBy(names, (name) => name);
  return [...counts].sort(([, a], [, b]) => b.length - a.length)[0]?.[0];
}
