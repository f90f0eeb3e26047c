// Runs a tool of another system and says how it ended. Its arguments go to it as they are, never
// through a shell. It belongs to this process's group, so that both end together.

import { execa } from 'execa';

export interface ToolResult {
  exitCode: number | undefined;
  signal: string | undefined;
  /** The system's code where it could not be started, such as ENOENT. */
  notStarted: string | undefined;
  /** The last part of each. */
  stdout: string;
  stderr: string;
}

export interface ToolOptions {
  /** Ends it (SIGTERM, after 5 s SIGKILL). */
  signal?: AbortSignal;
  /** Added to the environment of this process. */
  env?: Record<string, string>;
  /** How much of each output is kept; default 64 KiB. */
  keep_bytes?: number;
}

/** Never rejects for what the tool does; rejects with the signal's reason when that is aborted. */
export type RunTool = (argv: readonly string[], options?: ToolOptions) => Promise<ToolResult>;

const OUTPUT_MAX = 10 * 1024 * 1024;
const KEPT = 64 * 1024;

export const runTool: RunTool = async (
  [file = '', ...args],
  { signal, env, keep_bytes = KEPT } = {},
) => {
  const result = await execa(file, args, {
    env: env ?? {},
    stdin: 'ignore',
    reject: false,
    maxBuffer: Math.max(OUTPUT_MAX, keep_bytes),
    forceKillAfterDelay: 5000,
    ...(signal && { cancelSignal: signal }),
  });
  signal?.throwIfAborted();
  const isStarted = result.exitCode !== undefined || result.signal !== undefined;
  return {
    exitCode: result.exitCode,
    signal: result.signal,
    notStarted: isStarted ? undefined : String(result.code ?? result.originalMessage),
    stdout: String(result.stdout ?? '').slice(-keep_bytes),
    stderr: String(result.stderr ?? '').slice(-keep_bytes),
  };
};
