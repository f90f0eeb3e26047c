// `draws pipeline-driver`: started by torque-maui, or by hand.

import { join, resolve } from 'node:path';
import type { Command } from 'commander';
import { documentId } from '../../../core/identifiers.ts';
import { readDriverArguments } from '../../../core/programs/program-arguments.ts';
import { formatTimestamp } from '../../../core/timestamps.ts';
import { type CommandContext, examples } from '../../command.ts';
import { localCache, runsDirectory } from '../../environment.ts';

export function define(command: Command, context: CommandContext): void {
  command
    .argument('<progID>', 'project code')
    .argument('<ousUID>', 'the OUS')
    .argument('<recipe>', 'a Pipeline recipe')
    .option('--since <time>', 'when the OUS entered Processing for this job')
    .option('--timestamp <time>', 'of the run, part of all names (default: now)')
    .option('--run-directory <dir>', 'of this job; what is in it tells how far the job got')
    .option('--cache <dir>', 'where products go (default: DRAWS_LOCAL_CACHE)')
    .option('--failure-rate <share>', 'of the Pipeline, 0 to 1')
    .option('--leaves-outcome <true|false>', 'whether the caller tells XTSS how the run ended')
    .option('--tasks <file>', 'YAML file with tasks before and after the Pipeline')
    .addHelpText(
      'after',
      examples('draws pipeline-driver 2015.1.00657.S uid://X1/X1/Xb0 PipelineCalibration'),
    )
    .action(async () => {
      const { env } = context;
      const { runDirectory, cacheDirectory, tasksFile, ...given } = readDriverArguments(
        context.args,
        env,
      );
      const { runActor } = await import('../../actor/run-actor.ts');
      const { createTaskLoader } = await import('../../../platform/process/task-loader.ts');
      const { createPipelineDriver: create } = await import(
        '../../../actors/pipeline-driver/pipeline-driver.ts'
      );
      const { ousUid, since } = given;
      // By hand each start is a run of its own; a job that is started again goes on.
      const job = since ?? `by-hand-${formatTimestamp(Date.now())}`;
      const ownDirectory = `${documentId(ousUid)}_${job.replaceAll(':', '_')}`;
      const options = {
        ...given,
        runDirectory: resolve(runDirectory ?? join(runsDirectory(env), ownDirectory)),
        cacheDirectory: resolve(cacheDirectory ?? localCache(env)),
        ...(tasksFile !== undefined && {
          tasksFile: resolve(tasksFile),
          loadTasks: (await import('../../../actors/pipeline-driver/tasks-file.ts')).loadTasks,
        }),
        loadTask: createTaskLoader(),
      };
      await runActor({ name: 'pipeline-driver', create, options, oneShot: true }, context);
    });
}
