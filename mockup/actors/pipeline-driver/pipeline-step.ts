// The pipeline as a step: runs it as a child program once per run, and tells how it ended.

import { AppError } from '../../core/errors.ts';
import { productsDirectoryName, productsSubpath } from '../../core/products/product-names.ts';
import { writePipelineArguments } from '../../core/programs/program-arguments.ts';
import type { ActorPorts } from '../../platform/actor/actor.ts';
import { joinPath } from '../../platform/files/paths.ts';
import { describeExit, type ProgramExit } from '../../platform/process/programs.ts';
import type { TaskContext } from '../../platform/process/task-loader.ts';
import type { RunDirectory, RunRecord } from './run-directory.ts';
import type { Step } from './step.ts';

const PROCESSING_PROBLEM = 2;
const QUOTED_LINES = 5;

export function pipelineStep(
  ports: ActorPorts,
  run: RunRecord,
  records: RunDirectory,
  failureRate: number | undefined,
): Step {
  return {
    phase: 'pipeline',
    name: 'pipeline',
    when: 'no-problem',
    async run(context) {
      let exit = await records.pipeline();
      if (!exit) {
        exit = await runPipeline(ports, run, context, failureRate);
        await records.writePipeline(exit);
      }
      context.exit = exit;
      if (exit.exitCode !== 0) throw new AppError('pipeline_failed', describeFailure(exit));
      context.productsDirectory = productsDirectoryOf(run, context.runDirectory);
    },
  };
}

function productsDirectoryOf(run: RunRecord, runDirectory: string): string {
  return joinPath(
    runDirectory,
    productsDirectoryName(run.progId, run.timestamp),
    productsSubpath(run.ousUid),
  );
}

async function runPipeline(
  ports: ActorPorts,
  run: RunRecord,
  context: TaskContext,
  failureRate: number | undefined,
): Promise<ProgramExit> {
  const { signal, runDirectory: directory } = context;
  const args = writePipelineArguments({ ...run, directory, failureRate });
  const exit = await ports.programs.run('pipeline', args, { directory, signal });
  signal.throwIfAborted();
  return exit;
}

function describeFailure(exit: ProgramExit): string {
  if (exit.exitCode === PROCESSING_PROBLEM) return 'Pipeline failed (exit code 2)';
  const said = exit.lastLines.slice(-QUOTED_LINES).join(' | ');
  return `Pipeline ended with ${describeExit(exit)}${said ? `: ${said}` : ''}`;
}
