// Every way in which one process of the line can die at one of its port calls while one OUS goes
// through: what the points are, and what is wrong after a crash at one of them.

import { describeError } from '../../core/errors.ts';
import type { Executive } from '../../core/executives.ts';
import type { CrashPlan } from '../fault/port-gate.ts';
import { type DrawsLineOptions, startDrawsLine } from './draws-line.ts';

/** Long enough for every lease to end and every repair to be made. */
const LIMIT_MS = 3_600_000;
/** What would happen twice happens within this time. */
const AFTERWARDS_MS = 120_000;
/** Six leases. */
const FROZEN_MS = 60_000;

export interface CrashPoint extends CrashPlan {
  process: string;
  site: Executive;
  /** The port call, such as `msgq.bulk`. */
  name: string;
}

/** One OUS that every actor has something to do for, and nothing that fails by chance. */
export function crashScenario(seed: string): DrawsLineOptions {
  const verdicts = { pass: 1, semipass: 0, fail: 0 };
  return { seed, ous: 1, failureRate: 0, verdicts, hasRecipe: () => false };
}

/** One OUS whose runs and reviews often fail, so that it goes some ways twice. */
export function troubledScenario(seed: string): DrawsLineOptions {
  const verdicts = { pass: 0.3, semipass: 0.2, fail: 0.5 };
  return { seed, ous: 1, failureRate: 0.5, verdicts, hasRecipe: () => false };
}

/** The points of a run without crashes: two for each port call of each process. */
export async function findCrashPoints(options: DrawsLineOptions): Promise<CrashPoint[]> {
  const line = await startDrawsLine(options);
  await line.runToDelivered(LIMIT_MS);
  const points: CrashPoint[] = [];
  const seen = new Set<string>();
  for (const { holder, host, gate } of line.world.processes) {
    const site = host.executive;
    const process = holder.actor;
    // Only the first process of a name is crashed.
    if (seen.has(`${process}@${site}`)) continue;
    seen.add(`${process}@${site}`);
    for (const [place, name] of gate.calls.entries()) {
      for (const moment of ['before', 'after'] as const) {
        points.push({ process, site, call: place + 1, moment, name });
      }
    }
  }
  return points;
}

/** The same with two of each actor that receives, so that one takes over from the other. */
export function freezeScenario(seed: string): DrawsLineOptions {
  return { ...crashScenario(seed), twins: true };
}

/** What is wrong in the end where the process is frozen beyond its lease there, and comes back. */
export function freezeAt(options: DrawsLineOptions, point: CrashPoint): Promise<string[]> {
  return crashAt(options, { ...point, frozenFor_ms: FROZEN_MS });
}

/** What is wrong in the end; nothing: an empty list. */
export async function crashAt(options: DrawsLineOptions, point: CrashPoint): Promise<string[]> {
  const line = await startDrawsLine({ ...options, crash: point });
  try {
    await line.runToDelivered(LIMIT_MS);
    await line.world.clock.runFor(AFTERWARDS_MS);
    const problems = await line.check();
    const died = line.world.processes.some(({ gate }) => gate.crashed);
    return died ? problems : [...problems, 'the process never came to this call'];
  } catch (error) {
    return [describeError(error)];
  }
}

export function describePoint({ process, site, call, moment, name }: CrashPoint): string {
  return `${process}@${site}, ${moment} call ${call} (${name})`;
}
