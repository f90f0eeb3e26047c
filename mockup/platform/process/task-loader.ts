// Tasks of the pipeline driver that a site adds: functions that JavaScript modules export.

import { resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import { describeError, InvalidInputError } from '../../core/errors.ts';
import type { Logger } from '../log/logger.ts';
import type { ProgramExit } from './programs.ts';

/** What a task is told. */
export interface TaskContext {
  progId: string;
  ousUid: string;
  recipe: string;
  runDirectory: string;
  /** Where the pipeline's files are; there once the pipeline has ended well. */
  productsDirectory?: string;
  /** How the pipeline ended; there once it has. */
  exit?: ProgramExit;
  log: Logger;
  /** Aborted when the driver is asked to stop. */
  signal: AbortSignal;
}

/** May be called again for the same run. An error makes the OUS a processing problem. */
export type TaskFunction = (context: TaskContext) => unknown;

/** `module`: a package, or a path relative to `directory`. Throws InvalidInputError. */
export type LoadTask = (
  module: string,
  exportName: string,
  directory: string,
) => Promise<TaskFunction>;

export function createTaskLoader(): LoadTask {
  return async (module, exportName, directory) => {
    const loaded = await importModule(module, directory);
    const task = loaded[exportName];
    if (typeof task === 'function') return task as TaskFunction;
    throw new InvalidInputError(`module ${module} exports no function ${exportName}`, {
      hint: `its exports are: ${Object.keys(loaded).join(', ') || 'none'}`,
    });
  };
}

async function importModule(module: string, directory: string): Promise<Record<string, unknown>> {
  const isPath = /^\.{0,2}\//.test(module);
  const specifier = isPath ? pathToFileURL(resolve(directory, module)).href : module;
  try {
    return await import(specifier);
  } catch (error) {
    throw new InvalidInputError(`can't load task module ${module}: ${describeError(error)}`, {
      cause: error,
    });
  }
}
