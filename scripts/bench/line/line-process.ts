// A whole line in processes of its own, with robots, for measuring.

import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { drawsProgram } from '../server-process.ts';
import { freePortBlock } from './free-ports.ts';

const SITES = ['JAO', 'EU'] as const;

export interface RunningLine {
  /** Of JAO's and of the ARC's server. */
  urls: string[];
  pid: number;
  /** Resolves with the exit code when the line has ended. */
  ended: Promise<number>;
  stop(): Promise<void>;
}

/**
 * `couchdb`: a server that all sites use, instead of two embedded ones. `data`: a directory with
 * databases, which stays.
 */
export async function startLine(
  args: readonly string[],
  couchdb: string | undefined,
  data?: string,
): Promise<RunningLine> {
  const directory = data ?? (await mkdtemp(join(tmpdir(), 'draws-bench-')));
  const port = await freePortBlock(SITES.length);
  const embedded = ['--sites', SITES.join(','), '--couchdb-port', String(port)];
  const given = ['--single-database', '--couchdb', 'JAO'];
  const quiet = ['--no-dashboard', '--cache-port', '0', '--data', directory];
  const common = ['--pace', '0', '--failure-rate', '0', ...quiet];
  const where = couchdb === undefined ? embedded : given;
  const child = spawn(process.execPath, [drawsProgram, 'up', ...common, ...where, ...args], {
    stdio: ['ignore', 'ignore', 'inherit'],
    // Not an argument: it may hold a password.
    env: { ...process.env, ...(couchdb === undefined ? {} : { COUCHDB_URL_JAO: couchdb }) },
  });
  const ended = once(child, 'exit').then(async ([code]) => {
    if (data === undefined) await rm(directory, { recursive: true, force: true });
    return Number(code ?? 1);
  });
  return {
    urls: couchdb ? [couchdb] : SITES.map((_, index) => `http://127.0.0.1:${port + index}`),
    pid: child.pid as number,
    ended,
    stop: async () => {
      child.kill('SIGTERM');
      await ended;
    },
  };
}
