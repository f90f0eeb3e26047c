// A pipeline that writes just enough, and the driver around it.

import {
  createPipelineDriver,
  type PipelineDriverOptions,
} from '../../../mockup/actors/pipeline-driver/pipeline-driver.ts';
import { loadTasks } from '../../../mockup/actors/pipeline-driver/tasks-file.ts';
import { InvalidInputError } from '../../../mockup/core/errors.ts';
import {
  productFileName,
  productsDirectoryName,
  productsSubpath,
  reportFileName,
  weblogName,
} from '../../../mockup/core/products/product-names.ts';
import { readPipelineArguments } from '../../../mockup/core/programs/program-arguments.ts';
import type { Files } from '../../../mockup/platform/files/files.ts';
import type { LoadTask } from '../../../mockup/platform/process/task-loader.ts';
import {
  endedWell,
  type Line,
  ousUid,
  type ProcessOptions,
  progId,
  type RunProgram,
} from '../helpers/line.ts';

export const runDirectory = '/runs/job';
export const cacheDirectory = '/cache/EU';
export const since = '2026-01-05T00:00:00.000';

/** What the driver writes into names: the first millisecond of EU that is not before `since`. */
export const timestamp = '2026-01-05T00:00:00.001';
export const productsDir = productsDirectoryName(progId, timestamp);
export const weblog = `${weblogName(ousUid, timestamp)}.zip`;

export const noTasks: LoadTask = async (module) => {
  throw new InvalidInputError(`no module ${module}`);
};

export function writingPipeline(files: Files): RunProgram {
  return async (args, _signal, _run, env) => {
    const run = readPipelineArguments(args, env);
    const at = run.timestamp ?? '';
    const directory = [
      runDirectory,
      productsDirectoryName(run.progId, at),
      productsSubpath(run.ousUid),
    ].join('/');
    await files.write(`${directory}/${reportFileName(run.ousUid, at)}`, `report ${run.seed}`);
    await files.write(`${directory}/${productFileName(0, run.ousUid, at)}`, `data ${run.seed}`);
    await files.write(`${directory}/${weblogName(run.ousUid, at)}.zip`, `zip ${run.seed}`);
    return endedWell;
  };
}

export function startDriver(
  line: Line,
  options: Partial<PipelineDriverOptions> = {},
  processOptions: ProcessOptions = {},
) {
  const process = line.process('pipeline-driver', processOptions);
  const recipe = 'PipelineImaging';
  const driver = createPipelineDriver(process.ports, {
    ...{ progId, ousUid, recipe, since, runDirectory, cacheDirectory, loadTask: noTasks },
    loadTasks,
    ...options,
  });
  return { process, driver };
}

export async function drive(
  line: Line,
  options: Partial<PipelineDriverOptions> = {},
  processOptions: ProcessOptions = {},
): Promise<number> {
  const { driver } = startDriver(line, options, processOptions);
  return line.finish(await line.run(driver));
}
