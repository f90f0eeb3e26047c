import { expect, it } from 'vitest';
import type { CycleRecord, OusRecord } from '../../../mockup/simulator/measures/cycle-record.ts';
import { quantile } from '../../../mockup/simulator/measures/quantiles.ts';
import { queuesOf } from '../../../mockup/simulator/measures/queues.ts';
import { summaryOf } from '../../../mockup/simulator/measures/summary.ts';
import { timingsOf } from '../../../mockup/simulator/measures/timings.ts';

const DAY_MS = 86_400_000;
const DAY_S = 86_400;

/** Days at which it entered each state; observed on day 0. */
function ous(states: [state: string, day: number][]): OusRecord {
  return {
    ...{ ousUid: `uid://A/X${Math.random()}/X1`, progId: 'p', array: 'a', byHand: false },
    ...{ executive: 'JAO', raw_bytes: 0, products_bytes: 0, observed_ms: 0 },
    states: states.map(([state, day]) => ({ state, since_ms: day * DAY_MS })),
  } as OusRecord;
}

const reprocessed = ous([
  ['ReadyForProcessing', 1],
  ['Processing', 3],
  ['ReadyForReview', 4],
  ['Reviewing', 5],
  ['ReadyForProcessing', 6],
  ['Processing', 7],
  ['ReadyForReview', 9],
  ['Reviewing', 9.5],
  ['Verified', 10],
  ['DeliveryInProgress', 10.5],
  ['Delivered', 12],
]);
const unfinished = ous([
  ['ReadyForProcessing', 1],
  ['Processing', 2],
]);

it('measures an OUS as AQUA does: first and last of what happened twice', () => {
  expect(timingsOf(reprocessed)).toEqual({
    staging: DAY_S,
    assignment: 2 * DAY_S,
    analysis: 6 * DAY_S,
    review: DAY_S,
    delivery: 2 * DAY_S,
    'observation-to-delivery': 12 * DAY_S,
  });
});

it('counts what never ended as later than all others, and leaves out what never began', () => {
  const timings = timingsOf(unfinished);
  expect(timings['observation-to-delivery']).toBe(Number.POSITIVE_INFINITY);
  expect(timings.delivery).toBeUndefined();
  const { timings: all, kpi } = summaryOf(record([reprocessed, unfinished, unfinished]));
  expect(all['observation-to-delivery'].quantiles_s[1]).toBe(Number.POSITIVE_INFINITY);
  expect(all['observation-to-delivery'].mean_s).toBe(12 * DAY_S);
  expect(all.delivery.count).toBe(1);
  expect(kpi).toBeCloseTo(1 / 3);
});

it('counts queues at midnight', () => {
  const { lengths } = queuesOf(record([reprocessed]));
  expect(lengths.ReadyForProcessing).toEqual([0, 1, 1, 0, 0, 0, 1, 0, 0, 0, 0, 0]);
  expect(lengths['in delivery']).toEqual([0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1, 1]);
});

it('takes quantiles between samples, and none between one and what never came', () => {
  expect(quantile([1, 2, 3, 4], 0.5)).toBe(2.5);
  expect(quantile([1, Infinity], 0.5)).toBe(Infinity);
  expect(quantile([], 0.5)).toBeNaN();
});

function record(ouss: OusRecord[]): CycleRecord {
  const end_ms = 12 * DAY_MS;
  return {
    name: 'x',
    seed: '1',
    start_ms: 0,
    end_ms,
    over_ms: end_ms,
    ouss,
    runs: [],
    resources: [],
  };
}
