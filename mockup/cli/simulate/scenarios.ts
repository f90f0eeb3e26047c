// Where scenarios come from: ready-made ones by their name, others by their file.

import { existsSync, readFileSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describeError } from '../../core/errors.ts';
import { UsageError } from '../usage-error.ts';

export const readyMade = ['mockup', 'alma-cycle-7', 'alma-cycle-8', 'alma-october-2016'] as const;

export interface ScenarioText {
  /** For errors. */
  name: string;
  text: string;
  /** What names of files in it are relative to. */
  directory: string;
}

/** Throws UsageError where there is none. */
export function readScenarioText(given: string): ScenarioText {
  const isReadyMade = readyMade.some((name) => name === given);
  const path = isReadyMade ? pathOf(given) : resolve(given);
  try {
    return { name: given, text: readFileSync(path, 'utf8'), directory: dirname(path) };
  } catch (error) {
    throw new UsageError(
      `no scenario ${JSON.stringify(given.slice(0, 80))}: ${describeError(error)}`,
      {
        hint: `a YAML file, or one of ${readyMade.join(', ')}`,
        cause: error,
      },
    );
  }
}

/** In the root of the checkout or of the package, however deep the module that runs is in it. */
function pathOf(name: string): string {
  const inRoot = join('examples', 'simulate', `${name}.yaml`);
  let directory = dirname(fileURLToPath(import.meta.url));
  while (!existsSync(join(directory, inRoot)) && dirname(directory) !== directory) {
    directory = dirname(directory);
  }
  return join(directory, inRoot);
}
