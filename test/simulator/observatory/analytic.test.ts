// Scenarios of which the answer is known without a simulation.

import { expect, it } from 'vitest';
import { checkScenario } from '../../../mockup/simulator/cycle/read-scenario.ts';
import type { Scenario } from '../../../mockup/simulator/cycle/scenario.ts';
import type { CycleRecord } from '../../../mockup/simulator/measures/cycle-record.ts';
import { timingsOf } from '../../../mockup/simulator/measures/timings.ts';
import { runCycle } from '../../../mockup/simulator/observatory/run-cycle.ts';

const isLong = process.env.DRAWS_LONG === '1';
const HOUR_S = 3600;
/** What the line itself takes from a run's end to its place in a queue, at most: steps of minutes. */
const MACHINERY_S = 300;

/** Nobody sleeps, nothing fails, nothing is large; one ARC does everything. */
function plain(more: Record<string, unknown>): Scenario {
  return checkScenario(
    {
      office: { hours: '0-24', days: ['Mon', 'Tue', 'Wed', 'Thu', 'Fri', 'Sat', 'Sun'] },
      assigners: { count: 40, task: '0s' },
      reviewers: { count: 40, task: '0s' },
      qa2: { pass: 1, semipass: 0, fail: 0 },
      'replication-delay': '0s',
      ...more,
      ous: {
        manual: 0,
        staging: '0s',
        arrays: { one: { share: 1, raw: '0 B', products: '0 B' } },
        ...(more.ous as object),
      },
      runs: { failure: 0, ...(more.runs as object) },
      jao: { share: 0, slots: 0, reducers: 0 },
      ea: { share: 0, slots: 0, reducers: 0 },
      na: { share: 0, slots: 0, reducers: 0 },
      eu: { share: 1, reducers: 0, ...(more.eu as object) },
    },
    'a test',
  );
}

it('where nothing waits, an OUS takes the sum of its parts', async () => {
  const record = await runCycle(
    plain({
      ous: {
        count: 12,
        staging: '5h',
        arrays: { one: { share: 1, raw: '1800 GB', products: '900 GB' } },
      },
      runs: { time: '20h' },
      assigners: { count: 12, task: '1h' },
      reviewers: { count: 12, task: '3h' },
      eu: { slots: 12, 'from-jao': '1 Gbit/s', 'to-jao': '1 Gbit/s' },
      duration: '3000d',
    }),
  );
  // 1800 GB at 1 Gbit/s are four hours; the products two hours each way.
  for (const ous of record.ouss) {
    const timings = timingsOf(ous);
    expect(between(timings.staging, 5 * HOUR_S)).toBe(true);
    expect(between(timings.assignment, HOUR_S)).toBe(true);
    expect(between(timings.analysis, (4 + 20) * HOUR_S)).toBe(true);
    expect(between(timings.review, (2 + 3) * HOUR_S)).toBe(true);
    expect(between(timings.delivery, 2 * HOUR_S)).toBe(true);
    expect(between(timings['observation-to-delivery'], 37 * HOUR_S)).toBe(true);
  }
}, 120_000);

function between(found: number | undefined, expected: number): boolean {
  return found !== undefined && found >= expected - 5 && found <= expected + MACHINERY_S;
}

it('slots with exponential runs are the M/M/c queue of Erlang', async () => {
  const [slots, load, runs, ouss] = [3, 0.75, isLong ? 12 : 5, isLong ? 400 : 60];
  const mean_s = 10 * HOUR_S;
  const duration_s = (ouss * mean_s) / (slots * load);
  const samples: { wait_s: number; delayed: number; run_s: number }[] = [];
  for (let seed = 1; seed <= runs; seed++) {
    const record = await runCycle(
      plain({
        seed,
        ous: { count: ouss },
        runs: { time: { exponential: '10h' } },
        eu: { slots },
        duration: `${Math.round(duration_s)}s`,
        patience: '3000d',
      }),
    );
    samples.push(waitsOf(record));
  }
  const waits = samples.map(({ wait_s }) => wait_s / mean_s);
  const delayed = samples.map((one) => one.delayed);
  const c = erlangC(slots, slots * load);
  expectAround(delayed, c, runs);
  expectAround(waits, c / (slots * (1 - load)), runs);
}, 600_000);

/** Without the first fifth, in which the queue fills. */
function waitsOf({ ouss, runs }: CycleRecord) {
  const byUid = new Map(runs.map((run) => [run.ousUid, run]));
  const all = ouss.slice(Math.floor(ouss.length / 5)).map(({ ousUid, states }) => {
    const run = byUid.get(ousUid);
    const processing = states.find(({ state }) => state === 'Processing');
    return ((run?.begun_ms ?? Number.NaN) - (processing?.since_ms ?? Number.NaN)) / 1000;
  });
  const mean = (values: readonly number[]): number =>
    values.reduce((sum, value) => sum + value, 0) / values.length;
  return {
    wait_s: mean(all),
    delayed: mean(all.map((wait_s) => (wait_s > 60 ? 1 : 0))),
    run_s: mean(runs.map(({ run_s }) => run_s)),
  };
}

/** The probability that all of `c` servers are busy, at a load of `a` erlang. */
function erlangC(c: number, a: number): number {
  let term = 1;
  let sum = 1;
  for (let k = 1; k < c; k++) {
    term *= a / k;
    sum += term;
  }
  const last = (term * a) / c / (1 - a / c);
  return last / (sum + last);
}

/** Within the interval of Student's t at 99.9 %: of a right simulation one in a thousand is not. */
function expectAround(values: readonly number[], expected: number, runs: number): void {
  const mean = values.reduce((sum, value) => sum + value, 0) / values.length;
  const squares = values.reduce((sum, value) => sum + (value - mean) ** 2, 0);
  const half = (isLong ? 4.44 : 8.61) * Math.sqrt(squares / (runs - 1) / runs);
  expect(Math.abs(mean - expected)).toBeLessThan(half);
}
