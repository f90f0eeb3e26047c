// `draws pipeline`: started by the pipeline driver, or by hand.

import { resolve } from 'node:path';
import type { Command } from 'commander';
import {
  readPipelineArguments,
  WRONG_ARGUMENTS_EXIT_CODE,
} from '../../../core/programs/program-arguments.ts';
import { type CommandContext, examples } from '../../command.ts';
import { siteOr } from '../../environment.ts';

/** 2 would say that processing failed. */
export const usageExitCode = WRONG_ARGUMENTS_EXIT_CODE;

export function define(command: Command, context: CommandContext): void {
  command
    .argument('<progID>', 'project code')
    .argument('<ousUID>', 'the OUS')
    .argument('<recipe>', 'a Pipeline recipe')
    .option('--timestamp <time>', 'of the run, part of all names (default: now)')
    .option('--directory <dir>', 'where the products tree is written (default: here)')
    .option('--failure-rate <share>', 'how likely it fails, 0 to 1; then the exit code is 2')
    .option('--seed <text>', 'what outcome and content follow from')
    .addHelpText(
      'after',
      examples('draws pipeline 2015.1.00657.S uid://X1/X1/Xb0 PipelineCalibration'),
    )
    .action(async () => {
      const given = readPipelineArguments(context.args, context.env);
      const { runOffline } = await import('../../actor/run-offline.ts');
      const { createPipeline: create } = await import('../../../actors/pipeline/pipeline.ts');
      const options = {
        ...given,
        directory: resolve(given.directory ?? '.'),
      };
      const site = siteOr(context.env, 'JAO');
      await runOffline({ name: 'pipeline', create, options, site }, context);
    });
}
