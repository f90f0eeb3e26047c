// Runs the storms of many seeds, as many at a time as there are threads, until all are through, the
// time is over or somebody stops it. A seed that fails is made smaller at once.

import type { Executive } from '../../core/executives.ts';
import { nextAim } from '../../simulator/explore/coverage.ts';
import type { SeedRange } from '../../simulator/explore/seed-range.ts';
import { shrinkPlan } from '../../simulator/explore/shrink.ts';
import { type FailedStorm, Summary } from '../../simulator/explore/summary.ts';
import type { Aim } from '../../simulator/storm/draw-plan.ts';
import { drawPlan } from '../../simulator/storm/draw-plan.ts';
import type { FaultKind } from '../../simulator/storm/fault-kinds.ts';
import type { StormOutcome } from '../../simulator/storm/run-storm.ts';
import type { StormPlan } from '../../simulator/storm/storm-plan.ts';
import { StormThreads } from './storm-threads.ts';

export interface ExplorationOptions {
  seeds: SeedRange;
  ous: number;
  sites: readonly Executive[];
  servers: StormPlan['servers'];
  faults: readonly FaultKind[];
  jobs: number;
  timeLimit_s: number;
  /** Ends after so many failed seeds. */
  failuresMax: number;
  shrink: boolean;
  aim?: Aim | undefined;
  repeatOf(seed: string, aim: Aim | undefined): string;
  signal: AbortSignal;
  onProgress(summary: Summary): void;
}

/** Storms that are run to make one smaller, at most. */
const SHRINK_ATTEMPTS = 150;
const LEANING_AFTER = 50;

export async function explore(options: ExplorationOptions): Promise<Summary> {
  const { seeds, signal, timeLimit_s, failuresMax } = options;
  const summary = new Summary();
  const threads = new StormThreads(options.jobs);
  const end = AbortSignal.any([signal, AbortSignal.timeout(timeLimit_s * 1000)]);
  let next = seeds.from;
  let begunFailures = 0;
  const work = async (): Promise<void> => {
    while (next <= seeds.to && !end.aborted && begunFailures < failuresMax) {
      const seed = next++;
      // At first whatever comes; then every other storm goes where nothing was struck yet.
      const isLeaning = summary.storms >= LEANING_AFTER && seed % 2 === 0;
      const aim = options.aim ?? (isLeaning ? nextAim(summary, seed) : undefined);
      const plan = drawPlan(`${seed}`, { ...options, aim });
      const outcome = await untilEnd(threads.run(plan), end);
      if (!outcome) return;
      summary.add(outcome);
      options.onProgress(summary);
      if (outcome.problems.length === 0) continue;
      begunFailures++;
      summary.failed.push(await failedStorm(plan, aim, outcome, threads, options, end));
    }
  };
  try {
    await Promise.all(Array.from({ length: threads.size }, work));
  } finally {
    await threads.stop();
  }
  return summary;
}

async function failedStorm(
  plan: StormPlan,
  aim: Aim | undefined,
  { seed, problems }: StormOutcome,
  threads: StormThreads,
  { shrink, repeatOf }: ExplorationOptions,
  end: AbortSignal,
): Promise<FailedStorm> {
  const failed = { seed, problems, repeat: repeatOf(seed, aim) };
  if (!shrink) return failed;
  const run = async (smaller: StormPlan): Promise<readonly string[]> =>
    (await untilEnd(threads.run(smaller), end))?.problems ?? [];
  const shrunk = await shrinkPlan(plan, problems, run, SHRINK_ATTEMPTS);
  const { plan: smallest, problems: smallestProblems, attempts } = shrunk;
  return { ...failed, smallest, smallestProblems, attempts };
}

/** Undefined where the end comes first. */
function untilEnd<T>(work: Promise<T>, end: AbortSignal): Promise<T | undefined> {
  if (end.aborted) return Promise.resolve(undefined);
  return new Promise((resolve, reject) => {
    const onEnd = (): void => resolve(undefined);
    end.addEventListener('abort', onEnd, { once: true });
    work.then(resolve, reject).finally(() => end.removeEventListener('abort', onEnd));
  });
}
