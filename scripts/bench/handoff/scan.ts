// A buffer with 100,000 files and an endpoint that is away: how long a scan takes, and how much
// memory the manager needs for all that waits.

import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Figure } from '../figure.ts';
import { startManager } from './contenders.ts';

const DIRECTORIES = 100;
const FILES_IN_EACH = 1000;

export async function measureScan(directory: string, couchUrl: string): Promise<Figure[]> {
  const root = join(directory, 'crowded');
  for (let index = 0; index < DIRECTORIES; index++) {
    const place = join(root, 'buffer', `d${index}`);
    mkdirSync(place, { recursive: true });
    for (let file = 0; file < FILES_IN_EACH; file++) {
      writeFileSync(join(place, `file-${file}.fits`), '');
    }
  }
  const manager = await startManager(root, join(directory, 'away'), {
    transfer: 'cp {file} {dest}',
    remote: 'false {command}',
    site: { directory, sshConfiguration: '', couchUrl, sshPort: 0 },
  });
  try {
    const status = JSON.parse(readFileSync(join(root, 'buffer/.hdfmgr/status.json'), 'utf8'));
    // Until the records of all of them are written, too.
    while (recordsWaiting(root) > 0) await new Promise((resolve) => setTimeout(resolve, 100));
    const count = `${status.scan.files} files`;
    return [
      {
        what: `scan of ${count}`,
        value: status.scan.duration_ms / 1000,
        unit: 's',
        aim: { value: 3, is: 'at most' },
      },
      {
        what: `most memory with ${count} waiting`,
        value: peakMemory_mib(manager.pid),
        unit: 'MiB',
        aim: { value: 250, is: 'at most' },
      },
    ];
  } finally {
    await manager.stop();
  }
}

function recordsWaiting(root: string): number {
  return JSON.parse(readFileSync(join(root, 'buffer/.hdfmgr/status.json'), 'utf8')).records
    .waiting;
}

function peakMemory_mib(pid: number): number {
  const status = readFileSync(`/proc/${pid}/status`, 'utf8');
  return Number(/VmHWM:\s+(\d+) kB/.exec(status)?.[1]) / 1024;
}
