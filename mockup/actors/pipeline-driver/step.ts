// The steps of one job. A step that throws makes the OUS a processing problem with the reason in
// its history; an error that is retriable ends the driver instead, and the job is started again.

import { describeError, isRetriable } from '../../core/errors.ts';
import type { TaskRecord } from '../../core/programs/run-result.ts';
import type { Clock } from '../../platform/clock/clock.ts';
import type { TaskContext } from '../../platform/process/task-loader.ts';

export interface DriverStep {
  phase: TaskRecord['phase'];
  name: string;
  /**
   * `no-problem`: only while nothing has gone wrong. `pipeline-ran`: also after a failed pipeline,
   * so that a site's task can look at what is left of it.
   */
  when: 'no-problem' | 'pipeline-ran';
  run(context: TaskContext): unknown;
}

export interface StepsResult {
  tasks: TaskRecord[];
  /** The first thing that went wrong. */
  problem?: string;
}

/** Runs the steps in order, timed. Throws what is retriable, and the reason of an aborted signal. */
export async function runSteps(
  clock: Clock,
  steps: readonly DriverStep[],
  context: TaskContext,
): Promise<StepsResult> {
  const tasks: TaskRecord[] = [];
  let problem: string | undefined;
  for (const step of steps) {
    const isWanted = step.when === 'no-problem' ? !problem : context.exit !== undefined;
    if (!isWanted) continue;
    context.signal.throwIfAborted();
    const start = clock.monotonic();
    const error = await attempt(step, context);
    const duration_ms = Math.round(clock.monotonic() - start);
    const record: TaskRecord = { phase: step.phase, name: step.name, duration_ms };
    // A log line's own `name` is the actor's.
    const logged = { task: step.name, phase: step.phase, duration_ms };
    if (error !== undefined) {
      record.error = error;
      problem ??= step.phase === 'pipeline' ? error : `${step.name}: ${error}`;
      context.log.error({ ...logged, error }, 'task failed');
    } else {
      context.log.info(logged, 'task done');
    }
    tasks.push(record);
  }
  return problem === undefined ? { tasks } : { tasks, problem };
}

async function attempt(step: DriverStep, context: TaskContext): Promise<string | undefined> {
  try {
    await step.run(context);
    return undefined;
  } catch (error) {
    context.signal.throwIfAborted();
    if (isRetriable(error)) throw error;
    return describeError(error) || 'failed without a reason';
  }
}
