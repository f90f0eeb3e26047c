// The plots of a report, as SVG texts, each for a wide page and a narrow one.

import * as Plot from '@observablehq/plot';
import { parseHTML } from 'linkedom';
import type { CycleRecord, ResourceRecord } from '../measures/cycle-record.ts';
import { queueNames, queuesOf } from '../measures/queues.ts';
import { KPI_DAYS } from '../measures/summary.ts';
import { timingsOf } from '../measures/timings.ts';
import { Usage } from '../measures/usage.ts';
import { DAY_S } from '../quantity/duration.ts';

const WIDTHS = [880, 360] as const;
const DAY_MS = DAY_S * 1000;
const WEEK_MS = 7 * DAY_MS;
/** Later deliveries are counted in the last bar. */
const SHOWN_DAYS_MAX = 120;

export interface Figure {
  title: string;
  note: string;
  /** Wide, narrow. */
  svgs: readonly string[];
}

export function figuresOf(record: CycleRecord): Figure[] {
  return [deliveryTimes(record), kpiByMonth(record), queueLengths(record), useByWeek(record)];
}

/** One plot for each width. */
export function drawn(options: (width: number) => Plot.PlotOptions): string[] {
  const { document } = parseHTML('<!doctype html><html><body></body></html>');
  return WIDTHS.map((width) => {
    const style = { background: 'none', fontFamily: 'inherit', fontSize: '12px' };
    const plot = Plot.plot({ width, style, document, ...options(width) } as Plot.PlotOptions);
    plot.setAttribute('role', 'img');
    const size = isNarrow(width) ? 'narrow' : 'wide';
    plot.setAttribute('class', `${plot.getAttribute('class')} ${size}`);
    return plot.outerHTML;
  });
}

export function isNarrow(width: number): boolean {
  return width < 600;
}

function deliveryTimes({ ouss }: CycleRecord): Figure {
  const days = ouss.map((ous) => (timingsOf(ous)['observation-to-delivery'] ?? Infinity) / DAY_S);
  const delivered = days.filter(Number.isFinite);
  const longest = Math.max(...delivered, KPI_DAYS);
  const shown = Math.min(longest, SHOWN_DAYS_MAX);
  const step = Math.max(Math.ceil(shown / 40), 1);
  const counts = new Map<number, number>();
  for (const day of delivered) {
    const from = Math.min(Math.floor(day / step) * step, Math.floor(shown / step) * step);
    counts.set(from, (counts.get(from) ?? 0) + 1);
  }
  const bars = [...counts].map(([from, count]) => ({ from, to: from + step, count }));
  const beyond = longest > shown ? ` The last bar has all beyond ${shown} days.` : '';
  return {
    title: 'From observation to delivery',
    note: `OUSs by days from the last QA0 pass to Delivered; the line is the ${KPI_DAYS} days of the KPI.${beyond}`,
    svgs: drawn((width) => ({
      height: isNarrow(width) ? 240 : 280,
      x: { label: 'days', ticks: isNarrow(width) ? 5 : 10 },
      y: { label: 'OUSs', grid: true },
      marks: [
        Plot.rectY(bars, { x1: 'from', x2: 'to', y: 'count', fill: 'var(--ink-1)', inset: 0.5 }),
        Plot.ruleX([KPI_DAYS], { stroke: 'var(--ink-2)', strokeWidth: 2 }),
        Plot.ruleY([0]),
      ],
    })),
  };
}

function kpiByMonth({ ouss }: CycleRecord): Figure {
  const months = Map.groupBy(
    ouss.filter(({ byHand }) => !byHand),
    ({ observed_ms }) => new Date(observed_ms).toISOString().slice(0, 7),
  );
  const bars = [...months].sort().map(([month, those]) => {
    const inTime = those.filter(
      (ous) => (timingsOf(ous)['observation-to-delivery'] ?? Infinity) <= KPI_DAYS * DAY_S,
    );
    return { month, share: (100 * inTime.length) / those.length };
  });
  return {
    title: `KPI: delivered within ${KPI_DAYS} days`,
    note: 'Share of the OUSs for the Pipeline, by the month of their last QA0 pass; the line is 90 %.',
    svgs: drawn((width) => ({
      height: isNarrow(width) ? 220 : 240,
      x: { label: null, type: 'band', tickRotate: isNarrow(width) ? -60 : 0 },
      marginBottom: isNarrow(width) ? 56 : 30,
      y: { label: '%', domain: [0, 100], grid: true },
      marks: [
        Plot.barY(bars, { x: 'month', y: 'share', fill: 'var(--ink-1)', inset: 1 }),
        Plot.ruleY([90], { stroke: 'var(--ink-2)', strokeWidth: 2 }),
        Plot.ruleY([0]),
      ],
    })),
  };
}

function queueLengths(record: CycleRecord): Figure {
  const { days_ms, lengths } = queuesOf(record);
  const shown = queueNames.filter((name) => lengths[name].some((length) => length > 0));
  const points = shown.flatMap((name) =>
    days_ms.map((day_ms, day) => ({
      name,
      day: new Date(day_ms),
      length: lengths[name][day] ?? 0,
    })),
  );
  return {
    title: 'Queues over the year',
    note: 'OUSs in each state at midnight (UTC), one on top of the other.',
    svgs: drawn((width) => ({
      height: isNarrow(width) ? 280 : 320,
      x: { label: null, type: 'utc', ticks: isNarrow(width) ? 4 : 10 },
      y: { label: 'OUSs', grid: true },
      color: { legend: false, domain: [...shown], range: queueColors(shown.length) },
      marks: [
        Plot.areaY(points, { x: 'day', y: 'length', fill: 'name', order: [...shown] }),
        Plot.ruleY([0]),
      ],
    })),
  };
}

/** Colors of the queues, in their order, that are told apart also without seeing red and green. */
export function queueColors(count: number): string[] {
  const colors = ['#bbbbbb', '#4477aa', '#66ccee', '#aa3377', '#ccbb44', '#ee6677', '#228833'];
  return colors.slice(0, count);
}

export function shownQueues(record: CycleRecord): { name: string; color: string }[] {
  const { lengths } = queuesOf(record);
  const shown = queueNames.filter((name) => lengths[name].some((length) => length > 0));
  const colors = queueColors(shown.length);
  return shown.map((name, place) => ({ name, color: colors[place] as string }));
}

function useByWeek({ resources, start_ms, over_ms }: CycleRecord): Figure {
  const weeks = Math.max(Math.ceil((over_ms - start_ms) / WEEK_MS), 1);
  const cells = resources.flatMap((resource) =>
    Array.from({ length: weeks }, (_, week) => {
      const from_ms = start_ms + week * WEEK_MS;
      return { week, name: resource.name, use: 100 * useBetween(resource, from_ms) };
    }),
  );
  return {
    title: 'In use, week by week',
    note: 'Share of the slots that ran something, of the people who had a task (also over night), and of the time in which a link carried something.',
    svgs: drawn((width) => ({
      height: 40 + resources.length * 22,
      marginLeft: isNarrow(width) ? 104 : 130,
      marginBottom: 36,
      x: { label: 'week', ticks: isNarrow(width) ? 4 : 12, type: 'linear', domain: [0, weeks] },
      y: { label: null, domain: resources.map(({ name }) => name) },
      color: { scheme: 'blues', domain: [0, 100], clamp: true },
      marks: [
        Plot.rect(cells, {
          x1: 'week',
          x2: ({ week }: { week: number }) => week + 1,
          y: 'name',
          fill: 'use',
          inset: 0.5,
        }),
      ],
    })),
  };
}

function useBetween({ kind, capacity, changes }: ResourceRecord, from_ms: number): number {
  const usage = new Usage(() => 0);
  for (const [time_ms, inUse] of changes) {
    usage.changes.push([time_ms, kind === 'link' ? Math.min(inUse, 1) : inUse]);
  }
  return usage.mean(from_ms, from_ms + WEEK_MS) / (kind === 'link' ? 1 : capacity);
}
