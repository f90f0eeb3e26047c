// How this product starts its own programs as child processes: with the same Node. The pipeline and
// its driver may be others that are called in the same way, such as those of the Python mockup.

import { resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { EnvironmentVariables } from './environment.ts';

const launcher = fileURLToPath(new URL('./draws.mjs', import.meta.url));

export function ownCommand(program: string): { file: string; args: string[] } {
  return { file: process.execPath, args: [launcher, program] };
}

const replacing: Readonly<Record<string, string>> = {
  pipeline: 'DRAWS_PIPELINE',
  'pipeline-driver': 'DRAWS_PIPELINE_DRIVER',
};

/** Our program, or the executable file that DRAWS_PIPELINE or DRAWS_PIPELINE_DRIVER names. */
export function programCommand(
  program: string,
  env: EnvironmentVariables,
): { file: string; args: string[] } {
  const file = env[replacing[program] ?? ''];
  return file ? { file: resolve(file), args: [] } : ownCommand(program);
}
