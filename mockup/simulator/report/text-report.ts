// The answers for a terminal, as tables and rows of small bars.

import type { CycleRecord } from '../measures/cycle-record.ts';
import { queueNames, queuesOf } from '../measures/queues.ts';
import { KPI_DAYS, quantileShares, type Summary } from '../measures/summary.ts';
import { timingNames } from '../measures/timings.ts';
import { DAY_S, showDuration } from '../quantity/duration.ts';
import { showRate } from '../quantity/size.ts';
import { sparkline } from './sparkline.ts';

export type Cell = string | number;

export interface TextSection {
  title: string;
  rows: Cell[][];
}

const SPARK_WIDTH = 52;

export function textSections(record: CycleRecord, summary: Summary): TextSection[] {
  return [timingSection(summary), queueSection(record), useSection(summary), waitSection(summary)];
}

/** One line that says it all. */
export function headline(summary: Summary): string {
  const { name, seed, ouss, delivered, kpi, days, runs } = summary;
  return (
    `${name}, seed ${seed}: ${delivered} of ${ouss} OUSs delivered in ${days.toFixed(0)} days; ` +
    `${percent(kpi)} of those for the Pipeline within ${KPI_DAYS} days; ` +
    `${runs.meanLoad.toFixed(1)} runs at a time`
  );
}

function timingSection({ timings }: Summary): TextSection {
  const heading = ['', 'OUSs', 'mean', ...quantileShares.map(quantileTitle)];
  const rows = timingNames.map((name): Cell[] => {
    const { count, mean_s, quantiles_s } = timings[name];
    const shown = [mean_s, ...quantiles_s].map((seconds) =>
      Number.isNaN(seconds) ? '-' : showDuration(seconds),
    );
    return [name, count, ...shown];
  });
  return { title: 'How long it took', rows: [heading, ...rows] };
}

export function quantileTitle(share: number): string {
  return share === 1 ? 'most' : `p${Math.round(share * 100)}`;
}

function queueSection(record: CycleRecord): TextSection {
  const { lengths } = queuesOf(record);
  const rows = queueNames.map((name): Cell[] => {
    const most = Math.max(...lengths[name], 0);
    return [name, most, sparkline(lengths[name], SPARK_WIDTH)];
  });
  return { title: 'OUSs at midnight, day by day', rows: [['', 'most', ''], ...rows] };
}

function useSection({ use }: Summary): TextSection {
  const rows = use.map(({ name, key, capacity, use: share }): Cell[] => {
    const amount = name.startsWith('link') ? showRate(capacity) : String(capacity);
    return [name, amount, percent(share), sparkline([share], 1, 1), key];
  });
  return { title: 'In use', rows: [['', 'there are', 'used', '', 'key'], ...rows] };
}

function waitSection({ waiting, ouss }: Summary): TextSection {
  const rows = waiting.slice(0, 6).map(({ resource, total_d }): Cell[] => {
    return [resource, `${total_d.toFixed(1)} d`, showDuration((total_d * DAY_S) / ouss)];
  });
  const title =
    waiting.length > 0
      ? `Waited for, the bottleneck first: ${waiting[0]?.resource}`
      : 'No waiting';
  return { title, rows: [['', 'all OUSs', 'each'], ...rows] };
}

export function percent(share: number): string {
  return `${(share * 100).toFixed(1)} %`;
}
