// The answers: timing measures with their quantiles, the KPI, use of what there is, the bottleneck.

import type { CycleRecord } from './cycle-record.ts';
import { ascending, mean, quantile } from './quantiles.ts';
import { type TimingName, timingNames, timingsOf } from './timings.ts';
import { type Waiting, waitingOf } from './waiting.ts';

export const KPI_DAYS = 30;
export const quantileShares = [0.1, 0.5, 0.8, 0.9, 0.95, 1] as const;
const DAY_S = 86_400;
const DAY_MS = DAY_S * 1000;

export interface TimingSummary {
  count: number;
  /** Of those that ended. */
  mean_s: number;
  /** In the order of `quantileShares`; infinite: not so many ended. */
  quantiles_s: number[];
}

export interface Summary {
  name: string;
  seed: string;
  ouss: number;
  delivered: number;
  /** Of those for the Pipeline, delivered within 30 days of their last QA0 pass; 0 to 1. */
  kpi: number;
  /** From the last QA0 pass to Delivered, seconds, ascending. */
  timings: Record<TimingName, TimingSummary>;
  /** Pipeline runs: how many, how many failed, how many at a time in the mean, share over 10 h. */
  runs: { count: number; failed: number; meanLoad: number; over10h: number };
  use: { name: string; key: string; capacity: number; use: number }[];
  waiting: Waiting[];
  days: number;
}

export function summaryOf(record: CycleRecord): Summary {
  const { ouss, resources, start_ms, end_ms, over_ms } = record;
  const timings = ouss.map(timingsOf);
  const forPipeline = ouss.flatMap(({ byHand }, place) => (byHand ? [] : [timings[place]]));
  const inTime = forPipeline.filter(
    (one) => (one?.['observation-to-delivery'] ?? Infinity) <= KPI_DAYS * DAY_S,
  );
  const summaries = timingNames.map((name) => {
    const samples = timings.flatMap((one) => (one[name] === undefined ? [] : [one[name]]));
    return [name, timingSummary(samples)] as const;
  });
  return {
    name: record.name,
    seed: record.seed,
    ouss: ouss.length,
    delivered: ouss.filter(({ states }) => states.at(-1)?.state === 'Delivered').length,
    kpi: forPipeline.length > 0 ? inTime.length / forPipeline.length : 1,
    timings: Object.fromEntries(summaries) as Summary['timings'],
    runs: runsOf(record, Math.min(end_ms, over_ms) - start_ms),
    use: resources.map(({ name, key, capacity, use }) => ({ name, key, capacity, use })),
    waiting: waitingOf(record),
    days: (over_ms - start_ms) / DAY_MS,
  };
}

function timingSummary(samples: readonly number[]): TimingSummary {
  const sorted = ascending(samples);
  const ended = sorted.filter(Number.isFinite);
  return {
    count: samples.length,
    mean_s: ended.length > 0 ? mean(ended) : Number.NaN,
    quantiles_s: quantileShares.map((share) => quantile(sorted, share)),
  };
}

function runsOf({ runs, start_ms }: CycleRecord, length_ms: number): Summary['runs'] {
  const end_ms = start_ms + length_ms;
  const busy_ms = runs.reduce(
    (sum, { begun_ms, ended_ms }) =>
      sum + Math.max(Math.min(ended_ms, end_ms) - Math.max(begun_ms, start_ms), 0),
    0,
  );
  const long = runs.filter(({ run_s }) => run_s > 36_000);
  return {
    count: runs.length,
    failed: runs.filter(({ outcome }) => outcome === 'problem').length,
    meanLoad: length_ms > 0 ? busy_ms / length_ms : 0,
    over10h: runs.length > 0 ? long.length / runs.length : 0,
  };
}
