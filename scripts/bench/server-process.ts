// A database server for a benchmark: the one that is given, or the embedded one in a process of
// its own, on a directory that is removed afterwards.

import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';

export const drawsProgram = join(import.meta.dirname, '../../mockup/cli/draws.mjs');

export interface BenchServer {
  url: string;
  /** Undefined where the server is not ours. */
  pid: number | undefined;
  close(): Promise<void>;
}

export async function startServer(given: string | undefined): Promise<BenchServer> {
  if (given) return { url: given, pid: undefined, close: async () => {} };
  const directory = await mkdtemp(join(tmpdir(), 'draws-bench-'));
  const args = [drawsProgram, 'couchdb', '--port', '0', '--data', directory];
  const child = spawn(process.execPath, args, { stdio: ['ignore', 'pipe', 'inherit'] });
  const ended = once(child, 'exit');
  for await (const line of createInterface({ input: child.stdout })) {
    const url = /listening on (\S+)/.exec(line)?.[1];
    if (!url) continue;
    child.stdout.resume();
    const close = async () => {
      child.kill('SIGTERM');
      await ended;
      await rm(directory, { recursive: true, force: true });
    };
    return { url, pid: child.pid, close };
  }
  throw new Error('the embedded server did not start');
}
