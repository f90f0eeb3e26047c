// A password from where others don't see it: an environment variable, a file, or a prompt that does
// not show what is typed. Never an argument, which process lists show.

import { readFile } from 'node:fs/promises';
import type { EnvironmentVariables } from '../environment.ts';
import { UsageError } from '../usage-error.ts';

export interface PasswordSource {
  env: EnvironmentVariables;
  /** The variable that may hold it. */
  variable: string;
  /** A file whose first line it is. */
  file?: string | undefined;
  /** What the prompt asks. */
  question: string;
}

/** Undefined where none was given and nobody can be asked. Throws UsageError. */
export async function readPassword(source: PasswordSource): Promise<string | undefined> {
  const { env, variable, file, question } = source;
  if (file !== undefined) return firstLine(file);
  if (env[variable]) return env[variable];
  if (!process.stdin.isTTY) return undefined;
  const { password } = await import('@inquirer/prompts');
  const message = question.replace(/:\s*$/, '');
  try {
    return (await password({ message }, { output: process.stderr })) || undefined;
  } catch (error) {
    // Ctrl-C, or the end of the input.
    if ((error as Error).name !== 'ExitPromptError') throw error;
    throw new UsageError('no password was given');
  }
}

async function firstLine(file: string): Promise<string> {
  const text = await readFile(file, 'utf8').catch((cause: NodeJS.ErrnoException) => {
    throw new UsageError(`can't read the password from ${file}: ${cause.code ?? cause.message}`);
  });
  const [line = ''] = text.split(/\r?\n/, 1);
  if (line === '') throw new UsageError(`${file} holds no password in its first line`);
  return line;
}
