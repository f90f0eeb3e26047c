// Runs a command in this process, as the launcher does in its own, and gives what it wrote.

import { draws } from '../../mockup/cli/draws.ts';
import { main } from '../../mockup/cli/main.ts';

export interface Ran {
  exitCode: number;
  stdout: string;
  stderr: string;
}

export async function runDraws(
  args: readonly string[],
  env: Record<string, string> = {},
): Promise<Ran> {
  const written = { stdout: '', stderr: '' };
  const stream = (name: 'stdout' | 'stderr') => ({
    write: (text: string) => {
      written[name] += text;
      return true;
    },
  });
  const exitCode = await main(draws, args, {
    env,
    stdout: stream('stdout'),
    stderr: stream('stderr'),
  });
  return { exitCode, ...written };
}
