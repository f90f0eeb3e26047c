// Those who ship: a command that copies a tree, and the manager. The manager runs already, as it
// does at a site; its time ends when every file is in the holding area and on record.

import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { stringify } from 'yaml';
import type { Workload } from './workloads.ts';

export interface Contender {
  name: string;
  isManager: boolean;
  /** Ships all that is in `source`; gives the seconds that it took. */
  ship(source: string, destination: string, workload: Workload): Promise<number>;
}

export interface Site {
  directory: string;
  sshConfiguration: string;
  couchUrl: string;
  sshPort: number;
}

const PROGRAM = join(import.meta.dirname, '../../../mockup/cli/hdfmgr.mjs');

/** `{source}` and `{dest}` stand for the two directories. */
export function commandContender(name: string, command: readonly string[]): Contender {
  return {
    name,
    isManager: false,
    async ship(source, destination) {
      mkdirSync(destination, { recursive: true });
      const [program = '', ...args] = command.map((argument) =>
        argument.replaceAll('{source}', source).replaceAll('{dest}', destination),
      );
      const start = performance.now();
      const child = spawn(program, args, { stdio: ['ignore', 'ignore', 'inherit'] });
      const [code] = await once(child, 'close');
      if (code !== 0) throw new Error(`${name} ended with ${code}`);
      return (performance.now() - start) / 1000;
    },
  };
}

export function managerContender(name: string, transfer: string, site: Site): Contender {
  return {
    name,
    isManager: true,
    async ship(source, destination, workload) {
      const manager = await startManager(join(site.directory, 'manager'), destination, {
        transfer,
        site,
      });
      try {
        const start = performance.now();
        for (const entry of readdirSync(source)) {
          renameSync(join(source, entry), join(manager.buffer, entry));
        }
        await manager.untilHeld(workload.files);
        return (performance.now() - start) / 1000;
      } finally {
        await manager.stop();
      }
    },
  };
}

export interface RunningManager {
  buffer: string;
  pid: number;
  /** All in the holding area, and their records written. */
  untilHeld(files: number): Promise<void>;
  stop(): Promise<void>;
}

export async function startManager(
  root: string,
  destination: string,
  { transfer, site, remote }: { transfer: string; site: Site; remote?: string },
): Promise<RunningManager> {
  const place = (name: string): string => {
    mkdirSync(join(root, name), { recursive: true });
    return join(root, name);
  };
  const buffer = place('buffer');
  const holding = place('holding');
  const configuration = join(root, 'config.yaml');
  const content = {
    database: { engine: site.couchUrl.replace(/^http/, 'couchdb') },
    handoff: { buffer, holding },
    endpoint: {
      host: 'endpoint',
      ssh_config: site.sshConfiguration,
      buffer: join(destination, 'buffer'),
      staging: join(destination, 'staging'),
      commands: { remote: remote ?? 'ssh -F {ssh_config} {host} "{command}"', transfer },
    },
    logging: { file: join(root, 'log'), level: 'INFO' },
  };
  writeFileSync(configuration, stringify(content));
  const child = spawn(process.execPath, [PROGRAM, 'run', configuration], { stdio: 'ignore' });
  const status = join(buffer, '.hdfmgr/status.json');
  await untilReady(status, remote === undefined);
  return {
    buffer,
    pid: child.pid ?? 0,
    untilHeld: (files) => untilTrue(() => countFiles(holding) === files && isRecorded(buffer)),
    async stop() {
      child.kill('SIGTERM');
      await once(child, 'close');
      rmSync(root, { recursive: true, force: true });
    },
  };
}

/** A journal goes when CouchDB has the records of its batch. */
function isRecorded(buffer: string): boolean {
  return names(join(buffer, '.hdfmgr/journal')).length === 0;
}

function countFiles(directory: string): number {
  return names(directory).reduce((sum, name) => sum + names(join(directory, name)).length, 0);
}

function names(directory: string): string[] {
  try {
    return readdirSync(directory);
  } catch {
    return [];
  }
}

async function untilReady(status: string, connected: boolean): Promise<void> {
  await untilTrue(() => {
    try {
      const { scan, endpoint } = JSON.parse(readFileSync(status, 'utf8'));
      return scan !== null && (endpoint.up || !connected);
    } catch {
      return false;
    }
  });
}

export async function untilTrue(condition: () => boolean, limit_ms = 600_000): Promise<void> {
  const end = performance.now() + limit_ms;
  while (!condition()) {
    if (performance.now() > end) throw new Error('it takes too long');
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
}
