// Takes one OUS through processing: a site's pre-tasks, the pipeline as a child program, a site's
// post-tasks, and the delivery of what the pipeline wrote. A job that is started again in the same
// run directory is the same run: same names, same bytes, nothing announced twice.

import { requireOusUid, requireProgId } from '../../core/identifiers.ts';
import type { RunIdentity } from '../../core/ous/run-identity.ts';
import { runTimestamp } from '../../core/products/run-timestamp.ts';
import type { RunResult } from '../../core/programs/run-result.ts';
import { parseTimestamp } from '../../core/timestamps.ts';
import type { Actor, ActorPorts } from '../../platform/actor/actor.ts';
import { runOnce } from '../../platform/actor/one-shot.ts';
import type { LoadTask, TaskContext } from '../../platform/process/task-loader.ts';
import { tellOutcome } from '../../platform/xtss/run-outcome.ts';
import { deliverySteps } from './delivery-steps.ts';
import { pipelineStep } from './pipeline-step.ts';
import { openRunDirectory, type RunDirectory, type RunRecord } from './run-directory.ts';
import type { RunProducts } from './run-products.ts';
import { type DriverStep, runSteps } from './step.ts';
import type { loadTasks, SiteTask, SiteTasks } from './tasks-file.ts';

export interface PipelineDriverOptions {
  progId: string;
  ousUid: string;
  recipe: string;
  /** When the OUS entered Processing for this job; with it the job can't move a relaunched OUS. */
  since?: string | undefined;
  /** For which assignment, and which attempt at it; unknown where a Python Torque/Maui starts it. */
  assignment?: string | undefined;
  attempt?: number | undefined;
  /** Of the run; only used by the first start in this run directory. Default: now. */
  timestamp?: string | undefined;
  /** One per job; what is in it tells how far the job got. */
  runDirectory: string;
  /** The local cache (DRAWS_LOCAL_CACHE). */
  cacheDirectory: string;
  /** Of the pipeline, 0 to 1. Default: the pipeline's. */
  failureRate?: number | undefined;
  /** YAML file with tasks of the site. */
  tasksFile?: string | undefined;
  /** Reads the tasks file; needed where there is one, and not loaded otherwise. */
  loadTasks?: typeof loadTasks | undefined;
  /** Needed where there is a tasks file. */
  loadTask: LoadTask;
  /** True where whoever starts the driver tells XTSS how the run ended. */
  leavesOutcome?: boolean | undefined;
}

/**
 * Ends with exit code 0 when the OUS is ReadyForReview or a ProcessingProblem (or was moved on by
 * somebody else), and with another one where the same job has to be started again.
 */
export async function createPipelineDriver(
  ports: ActorPorts,
  options: PipelineDriverOptions,
): Promise<Actor> {
  requireProgId(options.progId);
  requireOusUid(options.ousUid);
  return runOnce(ports, async (signal) => {
    const records = openRunDirectory(ports.files, options.runDirectory);
    const end = ports.activity.begin(`${options.recipe} of ${options.ousUid}`);
    try {
      const result = await records.result();
      if (!result) await drive(ports, options, records, signal);
      else if (!result.untold) await confirm(ports, options, records, result, signal);
    } finally {
      end();
    }
    return 0;
  });
}

/**
 * The job was finished before. Asking once more changes nothing, but a process that died right
 * after the result left XTSS's answer unread, and the bus clears that away for the next asker.
 */
async function confirm(
  ports: ActorPorts,
  options: PipelineDriverOptions,
  records: RunDirectory,
  result: RunResult,
  signal: AbortSignal,
): Promise<void> {
  ports.log.info({ ousUid: options.ousUid }, 'this job was finished before');
  const run = await openRun(ports, options, records);
  await tell(ports, options, run, result, signal);
}

async function tell(
  ports: ActorPorts,
  options: PipelineDriverOptions,
  { ousUid, since }: RunRecord,
  { timestamp, reason, cached = [] }: RunResult,
  signal: AbortSignal,
): Promise<void> {
  const { cacheDirectory } = options;
  const identity = identityOf(options);
  const outcome = { ousUid, since, timestamp, problem: reason, identity, cached, cacheDirectory };
  await tellOutcome(ports, outcome, signal);
}

async function drive(
  ports: ActorPorts,
  options: PipelineDriverOptions,
  records: RunDirectory,
  signal: AbortSignal,
): Promise<void> {
  const run = await openRun(ports, options, records);
  const { progId, ousUid, recipe, timestamp } = run;
  const log = ports.log.child({ ousUid, run: timestamp });
  const { runDirectory } = options;
  const context: TaskContext = { progId, ousUid, recipe, runDirectory, log, signal };
  let found: RunProducts | undefined;
  const onProducts = (products: RunProducts) => {
    found = products;
  };
  const products = () => {
    if (!found) throw new TypeError('a step of the delivery came before the pipeline');
    return found;
  };
  const steps = await stepsOf(ports, options, run, { records, onProducts, products });
  const { tasks, problem } = await runSteps(ports.clock, steps, context);
  const result: RunResult = {
    outcome: problem === undefined ? 'completed' : 'problem',
    ...(problem !== undefined && { reason: problem }),
    timestamp: found?.timestamp ?? timestamp,
    tasks,
    ...(found && { cached: [found.productsDir, found.weblog] }),
  };
  if (options.leavesOutcome) {
    await records.writeResult({ ...result, untold: true });
    return;
  }
  await tell(ports, options, run, result, signal);
  await records.writeResult(result);
}

/** All that the driver does, in order. */
async function stepsOf(
  ports: ActorPorts,
  options: PipelineDriverOptions,
  run: RunRecord,
  pipeline: {
    records: RunDirectory;
    onProducts(products: RunProducts): void;
    products(): RunProducts;
  },
): Promise<DriverStep[]> {
  const { records, onProducts, products } = pipeline;
  const site = await siteTasks(ports, options);
  const pre = ({ name, run: task }: SiteTask): DriverStep => ({
    phase: 'pre',
    name,
    when: 'no-problem',
    run: task,
  });
  const post = ({ name, run: task }: SiteTask): DriverStep => ({
    phase: 'post',
    name,
    when: 'pipeline-ran',
    run: task,
  });
  return [
    ...site.pre.map(pre),
    pipelineStep(ports, run, records, { failureRate: options.failureRate, onProducts }),
    ...site.post.map(post),
    ...deliverySteps(ports, run, { ...options, identity: identityOf(options) }, products),
  ];
}

async function siteTasks(
  ports: ActorPorts,
  { tasksFile, loadTasks, loadTask }: PipelineDriverOptions,
): Promise<SiteTasks> {
  if (tasksFile === undefined) return { pre: [], post: [] };
  if (!loadTasks) throw new TypeError('nobody can read the tasks file');
  return loadTasks(ports, tasksFile, loadTask);
}

function identityOf({ assignment, attempt }: PipelineDriverOptions): RunIdentity | undefined {
  if (assignment === undefined || attempt === undefined) return undefined;
  return { assignment, attempt };
}

async function openRun(
  ports: ActorPorts,
  options: PipelineDriverOptions,
  records: RunDirectory,
): Promise<RunRecord> {
  const before = await records.run();
  if (before) return before;
  const { progId, ousUid, recipe, since } = options;
  // AQUA reviews a report only where it is not older than the OUS's entry into Processing, which
  // another machine's clock has told.
  const entered_ms = since === undefined ? 0 : parseTimestamp(since);
  const earliest_ms = Math.max(ports.clock.now(), entered_ms);
  const timestamp = options.timestamp ?? runTimestamp(earliest_ms, ports.site);
  const run: RunRecord = {
    progId,
    ousUid,
    recipe,
    ...(since !== undefined && { since }),
    timestamp,
    seed: [ousUid, timestamp, ports.random.hex(16)].join(' '),
  };
  await records.writeRun(run);
  return run;
}
