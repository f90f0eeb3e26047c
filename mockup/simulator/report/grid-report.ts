// The results of a grid for a terminal: one row for each setting, and a row of bars of the KPI against
// each parameter.

import type { SettingResult, Spread } from '../grid/grid-result.ts';
import type { Varied } from '../grid/settings.ts';
import { ascending, quantile } from '../measures/quantiles.ts';
import { KPI_DAYS } from '../measures/summary.ts';
import { showDuration } from '../quantity/duration.ts';
import { sparkline } from './sparkline.ts';
import { type Cell, percent, type TextSection } from './text-report.ts';

export function gridSections(
  varied: readonly Varied[],
  results: readonly SettingResult[],
): TextSection[] {
  return [settingsSection(varied, results), againstSection(varied, results)];
}

function settingsSection(
  varied: readonly Varied[],
  results: readonly SettingResult[],
): TextSection {
  const heading = [
    ...varied.map(({ key }) => key),
    'cost',
    `within ${KPI_DAYS} d`,
    '(9 of 10 seeds)',
    'p50',
    'p90',
    '(9 of 10 seeds)',
    'goal',
    'bottleneck',
  ];
  const rows = results.map((result): Cell[] => {
    const { setting, cost, kpi, p50, p90, goal, bottleneck } = result;
    const last = p90['observation-to-delivery'];
    return [
      ...varied.map(({ key }) => setting[key] ?? ''),
      Number(cost.toFixed(1)),
      percent(kpi.median),
      interval(kpi, percent),
      showDuration(p50['observation-to-delivery'].median),
      showDuration(last.median),
      interval(last, showDuration),
      goal ? (goal.isMet ? 'met' : 'not met') : '',
      bottleneck ?? 'none',
    ];
  });
  return {
    title: 'Medians over the seeds; p50 and p90 of observation to delivery',
    rows: [heading, ...rows],
  };
}

function interval({ low, high }: Spread, show: (value: number) => string): string {
  return `${show(low)} to ${show(high)}`;
}

function againstSection(
  varied: readonly Varied[],
  results: readonly SettingResult[],
): TextSection {
  const rows = varied.map(({ key, values }): Cell[] => {
    const medians = values.map((value) => kpiAt(results, key, value));
    const bars = sparkline(medians, values.length, 1);
    const ends = `${percent(medians[0] as number)} to ${percent(medians.at(-1) as number)}`;
    return [key, `${values[0]} to ${values.at(-1)}`, bars, ends];
  });
  return {
    title: `Within ${KPI_DAYS} days against each parameter (median of all settings)`,
    rows,
  };
}

export function kpiAt(
  results: readonly SettingResult[],
  key: string,
  value: string | number,
): number {
  const those = results.filter(({ setting }) => setting[key] === value);
  return quantile(ascending(those.map(({ kpi }) => kpi.median)), 0.5);
}
