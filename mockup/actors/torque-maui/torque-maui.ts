// The mock of the Torque/Maui batch system: takes pipeline jobs while fewer than N are running, and
// runs the pipeline driver for each as a child program in a directory of its own.

import { AppError, describeError, InvalidInputError } from '../../core/errors.ts';
import { documentId } from '../../core/identifiers.ts';
import {
  type PipelineProcessBody,
  parseBody,
  pipelineProcessBody,
} from '../../core/messages/message-bodies.ts';
import { pipelineProcessSelector } from '../../core/messages/selectors.ts';
import { isPipelineRecipe } from '../../core/ous/recipes.ts';
import { beginRunCause, type RunIdentity } from '../../core/ous/run-identity.ts';
import { callDriver } from '../../core/programs/program-arguments.ts';
import type { Actor, ActorPorts } from '../../platform/actor/actor.ts';
import { createSlots, type Slots } from '../../platform/actor/slots.ts';
import type { Delivered, Tenure } from '../../platform/bus/bus.ts';
import { LeaseLostError } from '../../platform/claims/claim.ts';
import { pathInside } from '../../platform/files/paths.ts';
import { describeExit, type ProgramExit } from '../../platform/process/programs.ts';
import { requestPatiently } from '../../platform/xtss/patient-request.ts';
import { tellOutcome } from '../../platform/xtss/run-outcome.ts';
import { XtssError } from '../../platform/xtss/xtss-client.ts';
import { outcomeLeftBy, readResult } from './left-outcome.ts';
import { OldRuns } from './old-runs.ts';
import { RunTimes } from './run-times.ts';
import { withdrawSuperseded } from './superseded-runs.ts';

const JOB_ATTEMPTS = 5;
/** So often, and the job can still be given up: a message that is dead would tell nobody. */
const DELIVERIES_MAX = 1000;
/** A message is written once before it is taken for the first time. */
const FIRST_CLAIM = 2;
const PIPELINE_DRIVER = 'pipeline-driver';
const QUOTED_LINES = 5;
/** Jobs that wait for XTSS; with more the machine waits, too. */
const WAITING_MAX = 500;

export interface TorqueMauiOptions {
  /** Jobs at a time. Default 1. */
  maxJobs?: number | undefined;
  /** Each attempt at a job gets a directory in here. */
  runsDirectory: string;
  /** The local cache, for the driver. */
  cacheDirectory: string;
  /** For the pipeline, 0 to 1. */
  failureRate?: number | undefined;
  /** For the driver: YAML file with tasks of the site. */
  tasksFile?: string | undefined;
}

export async function createTorqueMaui(
  ports: ActorPorts,
  options: TorqueMauiOptions,
): Promise<Actor> {
  await ports.files.makeDirectory(options.runsDirectory);
  // A driver that was killed leaves its answers to nobody, unless another job follows.
  await ports.bus.clearAnswersTo(PIPELINE_DRIVER);
  const times = new RunTimes(ports);
  const oldRuns = new OldRuns(ports, options.runsDirectory);
  await oldRuns.sweep();
  const machine = createSlots(options.maxJobs ?? 1);
  const waiting = createSlots(WAITING_MAX);
  const handler = async (message: Delivered, tenure: Tenure): Promise<void> => {
    const { claim } = tenure;
    const job = parseJob(message.body);
    const end = ports.activity.begin(`job ${job.ousUID}`);
    try {
      const run = { assignment: job.assignment ?? message.id, attempt: claim.number };
      const timestamp = times.next(job.since, claim.number - FIRST_CLAIM);
      const ask = <T>(work: () => Promise<T>): Promise<T> =>
        waiting.run(message.signal, () => {
          tenure.freePlace();
          return work();
        });
      await runJob(ports, options, { job, run, message, timestamp, machine, ask });
    } finally {
      end();
    }
    ports.activity.count('jobs');
    await oldRuns.sweep();
  };
  const receiver = ports.bus.receive(pipelineProcessSelector(ports.site), handler, {
    concurrency: options.maxJobs ?? 1,
    maxAttempts: DELIVERIES_MAX,
  });
  await receiver.ready;
  return { stop: () => receiver.stop() };
}

function parseJob(body: unknown): PipelineProcessBody {
  const job = parseBody(pipelineProcessBody, 'pipeline.process', body);
  if (isPipelineRecipe(job.recipe)) return job;
  throw new InvalidInputError(`not a recipe for the Pipeline: ${job.recipe.slice(0, 60)}`);
}

interface Attempt {
  job: PipelineProcessBody;
  run: RunIdentity;
  message: Delivered;
  /** Of the run. */
  timestamp: string;
  /** Where drivers run. */
  machine: Slots;
  /** For what waits for XTSS, be it for hours: other jobs may run meanwhile. */
  ask<T>(work: () => Promise<T>): Promise<T>;
}

async function runJob(
  ports: ActorPorts,
  options: TorqueMauiOptions,
  attempt: Attempt,
): Promise<void> {
  const { job, run, message, timestamp } = attempt;
  const assigned = (job.since ?? message.creationTimestamp).replaceAll(/[^A-Za-z0-9.-]/g, '_');
  const jobDirectory = `${documentId(job.ousUID)}_${assigned}`;
  const withdraw = (hasBegun: boolean) =>
    withdrawSuperseded(ports, options, { job, run, jobDirectory, hasBegun, timestamp });
  if (message.attempt > JOB_ATTEMPTS) {
    const reason = 'each process that took the job ended before it was done';
    await giveUp(ports, attempt, reason);
    await withdraw(false);
    return;
  }
  const isFirst = message.attempt === 1 && run.attempt <= FIRST_CLAIM;
  if (!isFirst && (await tellLeft(ports, options, attempt, jobDirectory))) return;
  if (!isFirst && !(await attempt.ask(() => beginRun(ports, job, run, message.signal)))) {
    await withdraw(false);
    return;
  }
  const reason = await drive(ports, options, attempt, jobDirectory).catch((error) => {
    if (!message.signal.aborted) throw error;
    return undefined;
  });
  // Whoever took the job over may have ended before this process came to its senses.
  if (message.signal.reason instanceof LeaseLostError) await withdraw(false);
  message.signal.throwIfAborted();
  if (reason !== undefined) {
    if (message.attempt < JOB_ATTEMPTS) {
      throw new AppError('job_failed', reason, { retriable: true });
    }
    await giveUp(ports, attempt, reason);
  }
  if (!isFirst) await withdraw(true);
}

/** Runs the driver, and tells XTSS of its run; the reason where the driver did not end well. */
async function drive(
  ports: ActorPorts,
  options: TorqueMauiOptions,
  { job, run, message, timestamp, machine, ask }: Attempt,
  jobDirectory: string,
): Promise<string | undefined> {
  const { ousUID: ousUid, progID: progId, recipe, since } = job;
  const { cacheDirectory, failureRate, tasksFile } = options;
  // Of its own: a driver of an earlier attempt may only be frozen, and still write.
  const name = `${jobDirectory}_${run.attempt}`;
  const runDirectory = pathInside(options.runsDirectory, name);
  const { args, env } = callDriver({
    ...{ progId, ousUid, recipe, since, timestamp },
    ...{ runDirectory, cacheDirectory, failureRate, tasksFile, ...run, leavesOutcome: true },
  });
  const { signal } = message;
  const exit = await machine.run(signal, () => {
    ports.log.info({ ousUid, recipe, runDirectory, attempt: message.attempt }, 'job starts');
    const directory = runDirectory;
    return ports.programs.run(PIPELINE_DRIVER, args, { env, directory, signal });
  });
  if (signal.aborted) return undefined;
  if (exit.exitCode !== 0) return describeFailure(exit);
  const result = await readResult(ports, runDirectory);
  if (result === 'unreadable') return 'the pipeline driver left a result that can not be read';
  // The Python driver tells XTSS itself.
  if (result?.untold) {
    const { timestamp: of, reason: problem, cached = [] } = result;
    const outcome = { ousUid, since, timestamp: of, problem, identity: run };
    await ask(() => tellOutcome(ports, { ...outcome, cached, cacheDirectory }, signal));
  }
  ports.log.info({ ousUid }, 'job is done');
  return undefined;
}

/** True where XTSS took what an earlier attempt came to. */
async function tellLeft(
  ports: ActorPorts,
  { runsDirectory, cacheDirectory }: TorqueMauiOptions,
  { job, run, message, ask }: Attempt,
  jobDirectory: string,
): Promise<boolean> {
  const left = await outcomeLeftBy(ports, runsDirectory, jobDirectory, run.attempt);
  if (!left) return false;
  const { timestamp, reason: problem, cached = [] } = left.result;
  const identity = { assignment: run.assignment, attempt: left.attempt };
  const { ousUID: ousUid, since } = job;
  const outcome = { ousUid, since, timestamp, problem, identity, cached, cacheDirectory };
  const isTold = await ask(() => tellOutcome(ports, outcome, message.signal));
  if (isTold) ports.log.info({ ousUid, ...identity }, 'job was done before');
  return isTold;
}

/**
 * Another process has had this job before, and may only be frozen: from now on XTSS, and everybody who
 * accepts products, refuses what it comes up with. False where the OUS is no longer in Processing.
 */
async function beginRun(
  ports: ActorPorts,
  job: PipelineProcessBody,
  run: RunIdentity,
  signal: AbortSignal,
): Promise<boolean> {
  const { ousUID, since } = job;
  const cause = beginRunCause(run);
  try {
    const change = { operation: 'begin-run' as const, ousUID, run, cause, since };
    const outcome = await requestPatiently(ports, change, signal);
    if (outcome === 'done') return true;
    ports.log.info({ ousUid: ousUID, answer: outcome.refused }, 'the job is no longer wanted');
    return false;
  } catch (error) {
    // The Python XTSS, or an earlier one of ours, knows no runs: nobody refuses anything there.
    if (!(error instanceof XtssError)) throw error;
    ports.log.warn({ ousUid: ousUID, reason: describeError(error) }, 'XTSS knows no runs');
    return true;
  }
}

/** Without this the OUS would stay in Processing with nobody at work on it. */
async function giveUp(
  ports: ActorPorts,
  { job, message, ask }: Attempt,
  reason: string,
): Promise<void> {
  ports.log.error({ ousUid: job.ousUID, reason }, 'job is given up');
  const change = {
    operation: 'set-state' as const,
    value: 'ProcessingProblem' as const,
    ousUID: job.ousUID,
    cause: `job ${message.id} given up`,
    since: job.since,
    reason: `given up after ${Math.min(message.attempt, JOB_ATTEMPTS)} attempts: ${reason}`,
  };
  await ask(() => requestPatiently(ports, change, message.signal));
}

function describeFailure(exit: ProgramExit): string {
  const said = exit.lastLines.slice(-QUOTED_LINES).join(' | ');
  return `the pipeline driver ended with ${describeExit(exit)}${said ? `: ${said}` : ''}`;
}
