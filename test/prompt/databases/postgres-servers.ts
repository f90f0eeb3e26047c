// Both kinds of PostgreSQL: the embedded one, and Debian's where it is installed.

import { execFileSync } from 'node:child_process';
import { chownSync, existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { startEmbeddedPostgres } from '../../../mockup/prompt/databases/embedded-postgres.ts';

export interface TestPostgres {
  url: string;
  /** Killed with -9, and started again; undefined where that is not tried. */
  crash?(): Promise<void>;
  close(): Promise<void>;
}

const START_ATTEMPTS = 50;
const INSTALLED = '/usr/lib/postgresql';

export function debianBinaries(): string | undefined {
  if (!existsSync(INSTALLED)) return undefined;
  const [version] = readdirSync(INSTALLED).sort().reverse();
  const binaries = join(INSTALLED, version ?? '', 'bin');
  return existsSync(join(binaries, 'pg_ctl')) ? binaries : undefined;
}

export async function startEmbedded(): Promise<TestPostgres> {
  return startEmbeddedPostgres({ host: '127.0.0.1', port: 0 });
}

/** A server of its own, in a new directory; PostgreSQL refuses to run as root. */
export async function startDebian(binaries: string): Promise<TestPostgres> {
  const directory = mkdtempSync(join(tmpdir(), 'postgres-'));
  const asRoot = process.getuid?.() === 0;
  const run = (program: string, ...args: string[]): void => {
    const file = join(binaries, program);
    if (asRoot)
      execFileSync('runuser', ['-u', 'postgres', '--', file, ...args], { stdio: 'pipe' });
    else execFileSync(file, args, { stdio: 'pipe' });
  };
  if (asRoot) {
    const [uid, gid] = ['-u', '-g'].map((flag) =>
      Number(execFileSync('id', [flag, 'postgres'], { encoding: 'utf8' })),
    );
    chownSync(directory, uid ?? 0, gid ?? 0);
  }
  const data = join(directory, 'data');
  run('initdb', '-D', data, '-U', 'postgres', '-A', 'trust', '--no-sync');
  const port = await freePort();
  const options = `-p ${port} -h 127.0.0.1 -k ${directory} -F`;
  const start = (): void =>
    run('pg_ctl', '-D', data, '-l', join(directory, 'log'), '-o', options, '-w', 'start');
  start();
  return {
    url: `postgresql://postgres@127.0.0.1:${port}/postgres`,
    crash: async () => {
      const [pid] = readFileSync(join(data, 'postmaster.pid'), 'utf8').split('\n');
      process.kill(Number(pid), 'SIGKILL');
      // Its children hold its memory for a moment longer.
      for (let attempt = 1; ; attempt++) {
        try {
          return start();
        } catch (error) {
          if (attempt >= START_ATTEMPTS) throw error;
          await new Promise((resolve) => setTimeout(resolve, 200));
        }
      }
    },
    close: async () => {
      run('pg_ctl', '-D', data, '-m', 'immediate', '-w', 'stop');
      rmSync(directory, { recursive: true, force: true });
    },
  };
}

async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as { port: number };
  await new Promise((resolve) => server.close(resolve));
  return port;
}
