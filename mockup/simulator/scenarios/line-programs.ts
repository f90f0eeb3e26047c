// The child programs of the line, as the command line would start them.

import { createPipeline } from '../../actors/pipeline/pipeline.ts';
import { createPipelineDriver } from '../../actors/pipeline-driver/pipeline-driver.ts';
import { AppError } from '../../core/errors.ts';
import {
  readDriverArguments,
  readPipelineArguments,
} from '../../core/programs/program-arguments.ts';
import { cacheDirectoryOf } from '../world/network.ts';
import type { Program } from '../world/world-context.ts';

const noTasks = async (module: string): Promise<never> => {
  throw new AppError('no_task_modules', `the simulated world has no module ${module}`);
};

export const linePrograms: Readonly<Record<string, Program>> = {
  'pipeline-driver': async (ports, { args, env, directory = '/' }) => {
    const { runDirectory, cacheDirectory, ...given } = readDriverArguments(args, env);
    return createPipelineDriver(ports, {
      ...given,
      runDirectory: runDirectory ?? directory,
      cacheDirectory: cacheDirectory ?? cacheDirectoryOf(ports.site),
      loadTask: noTasks,
    });
  },
  pipeline: async (ports, { args, env, directory = '/' }) => {
    const given = readPipelineArguments(args, env);
    return createPipeline(ports, { ...given, directory: given.directory ?? directory });
  },
};
