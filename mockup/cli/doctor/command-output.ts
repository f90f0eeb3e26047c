// Runs a program of the system to see whether and how it works.

import { execFile } from 'node:child_process';

export interface CommandOutput {
  /** Undefined where a signal ended it or it could not be started. */
  exitCode: number | undefined;
  /** Whether there is such a program. */
  found: boolean;
  stdout: string;
  stderr: string;
}

const LIMIT_MS = 20_000;

/** Never rejects. */
export function commandOutput(program: string, args: readonly string[]): Promise<CommandOutput> {
  const options = { timeout: LIMIT_MS, env: { ...process.env, LC_ALL: 'C' } };
  return new Promise((resolve) => {
    const child = execFile(program, [...args], options, (error, stdout, stderr) => {
      const { code } = (error ?? {}) as { code?: unknown };
      resolve({
        exitCode: error === null ? 0 : typeof code === 'number' ? code : undefined,
        found: code !== 'ENOENT',
        stdout,
        stderr,
      });
    });
    child.stdin?.end();
  });
}
