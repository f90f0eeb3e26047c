// `draws torque-maui`.

import { resolve } from 'node:path';
import type { Command } from 'commander';
import { type CommandContext, examples } from '../../command.ts';
import { failureRate, localCache, requireInteger, runsDirectory } from '../../environment.ts';

interface Options {
  maxJobs: string;
  tasks?: string;
}

export function define(command: Command, context: CommandContext): void {
  command
    .option('-x, --max-jobs <n>', 'how many jobs at a time', '1')
    .option('--tasks <file>', 'YAML file with tasks before and after the Pipeline')
    .addHelpText(
      'after',
      examples('draws torque-maui', 'draws torque-maui -x 4 --tasks ./tasks.yaml'),
    )
    .action(async (options: Options) => {
      const { env } = context;
      const { runActor } = await import('../../actor/run-actor.ts');
      const { createTorqueMaui: create } = await import(
        '../../../actors/torque-maui/torque-maui.ts'
      );
      const torqueOptions = {
        maxJobs: requireInteger(options.maxJobs, '--max-jobs', 1, 1000),
        runsDirectory: runsDirectory(env),
        cacheDirectory: localCache(env),
        // It may be changed while the line runs.
        get failureRate() {
          return failureRate(env);
        },
        tasksFile: options.tasks && resolve(options.tasks),
      };
      await runActor({ name: 'torque-maui', create, options: torqueOptions }, context);
    });
}
