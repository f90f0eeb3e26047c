// What the pipeline left in the run directory. It is found by looking, not by a name foretold: the
// Python mockup's pipeline names its products by a time of its own.

import { AppError } from '../../core/errors.ts';
import {
  isReportFileName,
  isWeblogFileName,
  productsSubpath,
  runTimestampOf,
} from '../../core/products/product-names.ts';
import { FileError, type Files } from '../../platform/files/files.ts';
import { joinPath } from '../../platform/files/paths.ts';
import type { RunRecord } from './run-directory.ts';

export interface RunProducts {
  /** Name of the run's products directory, `2015.1.00657.S_2018_07_19T07_10_03.781`. */
  productsDir: string;
  /** The time in that name. */
  timestamp: string;
  /** Where the files are. */
  directory: string;
  /** Names of files in `directory`. */
  weblog: string;
  report: string;
}

/** Throws AppError `products_missing` where the pipeline left nothing that can be delivered. */
export async function findRunProducts(
  files: Files,
  run: RunRecord,
  runDirectory: string,
): Promise<RunProducts> {
  const names = await productsDirectories(files, run, runDirectory);
  const productsDir = names.at(-1);
  const timestamp = productsDir && runTimestampOf(run.progId, productsDir);
  if (!timestamp) throw missing(`no directory ${run.progId}_… in ${runDirectory}`);
  const directory = joinPath(runDirectory, productsDir, productsSubpath(run.ousUid));
  const written = await list(files, directory);
  const last = (isWanted: (name: string) => boolean, what: string): string => {
    const name = written.filter(({ kind, name }) => kind === 'file' && isWanted(name)).at(-1);
    if (name) return name.name;
    throw missing(`no ${what} in ${directory}`);
  };
  return {
    ...{ productsDir, timestamp, directory },
    weblog: last(isWeblogFileName, 'weblog'),
    report: last(isReportFileName, 'Pipeline report'),
  };
}

/** What a pipeline that was killed left behind must not be taken for the next one's products. */
export async function removeRunProducts(
  files: Files,
  run: RunRecord,
  runDirectory: string,
): Promise<void> {
  for (const name of await productsDirectories(files, run, runDirectory)) {
    await files.remove(joinPath(runDirectory, name));
  }
}

/** Sorted, so that the newest is the last. */
async function productsDirectories(
  files: Files,
  { progId }: RunRecord,
  runDirectory: string,
): Promise<string[]> {
  const entries = await list(files, runDirectory);
  return entries
    .filter(({ kind, name }) => kind === 'directory' && runTimestampOf(progId, name) !== undefined)
    .map(({ name }) => name);
}

async function list(files: Files, directory: string) {
  try {
    return await files.list(directory);
  } catch (error) {
    if (error instanceof FileError && error.code === 'file_missing') return [];
    throw error;
  }
}

function missing(what: string): AppError {
  return new AppError('products_missing', `the Pipeline ended well but left ${what}`);
}
