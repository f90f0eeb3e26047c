// The dashboard as a process of its own, and how much memory it takes.

import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { drawsProgram } from '../server-process.ts';

export interface DashboardProcess {
  url: string;
  pid: number;
  /** Resident at this moment, and the most so far. */
  memory_mib(): { now: number; peak: number };
  stop(): Promise<void>;
}

export async function startDashboard(couchdbUrl: string): Promise<DashboardProcess> {
  const child = spawn(process.execPath, [drawsProgram, 'dashboard', '--port', '0'], {
    stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
    env: { ...process.env, COUCHDB_URL: couchdbUrl, DRAWS_LOCATION: 'JAO', DRAWS_LOCAL_CACHE: '' },
  });
  const ended = once(child, 'exit');
  const [message] = (await once(child, 'message')) as [{ url: string }];
  const pid = child.pid as number;
  return {
    url: message.url,
    pid,
    memory_mib: () => {
      const status = readFileSync(`/proc/${pid}/status`, 'utf8');
      const mib = (name: string) =>
        Number(new RegExp(`${name}:\\s+(\\d+)`).exec(status)?.[1]) / 1024;
      return { now: mib('VmRSS'), peak: mib('VmHWM') };
    },
    stop: async () => {
      child.kill('SIGTERM');
      await ended;
    },
  };
}
