// The pipeline as a step: runs it as a child program once per run, and tells how it ended.

import { AppError } from '../../core/errors.ts';
import { callPipeline, WRONG_ARGUMENTS_EXIT_CODE } from '../../core/programs/program-arguments.ts';
import type { ActorPorts } from '../../platform/actor/actor.ts';
import { describeExit, type ProgramExit } from '../../platform/process/programs.ts';
import type { TaskContext } from '../../platform/process/task-loader.ts';
import type { RunDirectory, RunRecord } from './run-directory.ts';
import { findRunProducts, type RunProducts, removeRunProducts } from './run-products.ts';
import type { DriverStep } from './step.ts';

const PROCESSING_PROBLEM = 2;
const QUOTED_LINES = 5;

/** `onProducts` is told what the pipeline wrote. */
export function pipelineStep(
  ports: ActorPorts,
  run: RunRecord,
  records: RunDirectory,
  options: { failureRate?: number | undefined; onProducts(products: RunProducts): void },
): DriverStep {
  return {
    phase: 'pipeline',
    name: 'pipeline',
    when: 'no-problem',
    async run(context) {
      let exit = await records.pipeline();
      if (!exit) {
        await removeRunProducts(ports.files, run, context.runDirectory);
        exit = await runPipeline(ports, run, context, options.failureRate);
        await records.writePipeline(exit);
      }
      context.exit = exit;
      if (exit.exitCode !== 0) throw new AppError('pipeline_failed', describeFailure(exit));
      const products = await findRunProducts(ports.files, run, context.runDirectory);
      context.productsDirectory = products.directory;
      options.onProducts(products);
    },
  };
}

async function runPipeline(
  ports: ActorPorts,
  run: RunRecord,
  context: TaskContext,
  failureRate: number | undefined,
): Promise<ProgramExit> {
  const { signal, runDirectory: directory } = context;
  const { args, env } = callPipeline({ ...run, failureRate });
  const exit = await ports.programs.run('pipeline', args, { env, directory, signal });
  signal.throwIfAborted();
  return exit;
}

function describeFailure(exit: ProgramExit): string {
  const said = exit.lastLines.slice(-QUOTED_LINES).join(' | ');
  const quoted = said ? `: ${said}` : '';
  if (isWrongArguments(exit)) return `Pipeline did not accept its arguments${quoted}`;
  if (exit.exitCode === PROCESSING_PROBLEM) return 'Pipeline failed (exit code 2)';
  return `Pipeline ended with ${describeExit(exit)}${quoted}`;
}

/** The Python pipeline's parser of arguments ends with the code of a processing problem. */
function isWrongArguments({ exitCode, lastLines }: ProgramExit): boolean {
  if (exitCode === WRONG_ARGUMENTS_EXIT_CODE) return true;
  return exitCode === PROCESSING_PROBLEM && lastLines.some((line) => /^usage: /i.test(line));
}
