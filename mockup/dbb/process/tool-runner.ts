// Runs a tool of another system and says how it ended. Its arguments go to it as they are, never
// through a shell. It belongs to this process's group, so that both end together.

import type { Readable } from 'node:stream';
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

const KEPT = 64 * 1024;

export const runTool: RunTool = async (
  [file = '', ...args],
  { signal, env, keep_bytes = KEPT } = {},
) => {
  const running = execa(file, args, {
    env: env ?? {},
    stdin: 'ignore',
    reject: false,
    // No tool is ended for what it says.
    buffer: false,
    forceKillAfterDelay: 5000,
    ...(signal && { cancelSignal: signal }),
  });
  const [stdout, stderr] = [running.stdout, running.stderr].map((one) => tailOf(one, keep_bytes));
  const result = await running;
  signal?.throwIfAborted();
  const isStarted = result.exitCode !== undefined || result.signal !== undefined;
  return {
    exitCode: result.exitCode,
    signal: result.signal,
    notStarted: isStarted ? undefined : String(result.code ?? result.originalMessage),
    stdout: stdout?.() ?? '',
    stderr: stderr?.() ?? '',
  };
};

/** Reads all of it, and keeps the end. */
function tailOf(stream: Readable | null | undefined, keep_bytes: number): () => string {
  let chunks: Buffer[] = [];
  let size = 0;
  stream?.on('data', (chunk: Buffer) => {
    chunks.push(chunk);
    size += chunk.length;
    if (size <= 2 * keep_bytes) return;
    chunks = [Buffer.concat(chunks).subarray(-keep_bytes)];
    size = keep_bytes;
  });
  return () => {
    const tail = Buffer.concat(chunks).subarray(-keep_bytes).toString('utf8');
    return tail.replace(/\r?\n$/, '');
  };
}
