// Makes a storm that fails smaller while it still fails: fewer faults first, then fewer OUSs and
// sites, a shorter time, and less that is left to chance. What it fails of may change on the way.

import type { StormPlan } from '../storm/storm-plan.ts';

export interface Shrunk {
  plan: StormPlan;
  problems: readonly string[];
  /** How many storms were run. */
  attempts: number;
}

/** What is wrong after a storm of this plan; nothing: an empty list. */
type RunPlan = (plan: StormPlan) => Promise<readonly string[]>;

export async function shrinkPlan(
  plan: StormPlan,
  problems: readonly string[],
  run: RunPlan,
  attempts_max: number,
): Promise<Shrunk> {
  const best: Shrunk = { plan, problems, attempts: 0 };
  const attempt = async (smaller: StormPlan): Promise<boolean> => {
    if (best.attempts >= attempts_max) return false;
    best.attempts++;
    const found = await run(smaller);
    if (found.length === 0) return false;
    best.plan = smaller;
    best.problems = found;
    return true;
  };
  let size: string;
  do {
    size = JSON.stringify(best.plan);
    await dropFaults(best, attempt);
    for (const change of simplifications) {
      const smaller = change(best.plan);
      if (smaller) await attempt(smaller);
    }
  } while (JSON.stringify(best.plan) !== size && best.attempts < attempts_max);
  return best;
}

type Attempt = (smaller: StormPlan) => Promise<boolean>;

/** Halves first, then quarters, then each by itself (delta debugging). */
async function dropFaults(best: Shrunk, attempt: Attempt): Promise<void> {
  for (let size = Math.ceil(best.plan.faults.length / 2); size >= 1; size = Math.floor(size / 2)) {
    for (let place = 0; place < best.plan.faults.length; ) {
      const faults = best.plan.faults.toSpliced(place, size);
      if (!(await attempt({ ...best.plan, faults }))) place += size;
    }
  }
}

/** Each gives a smaller plan, or undefined where there is nothing to make smaller. */
const simplifications: ((plan: StormPlan) => StormPlan | undefined)[] = [
  (plan) => (plan.ous > 1 ? { ...plan, ous: 1 } : undefined),
  (plan) => (plan.ous > 1 ? { ...plan, ous: plan.ous - 1 } : undefined),
  (plan) => {
    const named = new Set(plan.faults.map(({ site }) => site));
    const sites = plan.sites.filter((site) => site === 'JAO' || named.has(site));
    if (sites.length < 2 || sites.length === plan.sites.length) return undefined;
    return { ...plan, sites };
  },
  (plan) => (plan.failureRate > 0 ? { ...plan, failureRate: 0 } : undefined),
  (plan) => (plan.failShare > 0 ? { ...plan, failShare: 0 } : undefined),
  (plan) => (plan.maxJobs > 1 ? { ...plan, maxJobs: 1 } : undefined),
  (plan) => {
    const last_ms = Math.max(0, ...plan.faults.map(({ at_ms, for_ms = 0 }) => at_ms + for_ms));
    const duration_ms = Math.ceil((last_ms + 1000) / 1000) * 1000;
    return duration_ms < plan.duration_ms ? { ...plan, duration_ms } : undefined;
  },
];
