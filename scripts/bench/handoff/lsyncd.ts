// lsyncd as a contender: a daemon that follows a directory and calls rsync. Its time ends when the last
// file is complete at the endpoint; it records nothing and verifies nothing.

import { spawn } from 'node:child_process';
import { once } from 'node:events';
import {
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { type Contender, type Site, untilTrue } from './contenders.ts';

const PROGRAM = '/usr/bin/lsyncd';

export const hasLsyncd = existsSync(PROGRAM);

/** `delay` 0: at once, as far as it can. */
export function lsyncdContender(site: Site): Contender {
  return {
    name: 'lsyncd, running',
    isManager: false,
    async ship(source, destination, workload) {
      const daemon = await startLsyncd(site, destination);
      try {
        const start = performance.now();
        for (const entry of readdirSync(source)) {
          renameSync(join(source, entry), join(daemon.watched, entry));
        }
        const { files, size_bytes } = workload;
        await untilTrue(() => countComplete(destination, size_bytes) === files);
        return (performance.now() - start) / 1000;
      } finally {
        await daemon.stop();
      }
    },
  };
}

export async function startLsyncd(site: Site, destination: string) {
  const root = join(site.directory, 'lsyncd');
  const watched = join(root, 'watched');
  for (const place of [watched, destination]) mkdirSync(place, { recursive: true });
  const configuration = join(root, 'lsyncd.lua');
  const log = join(root, 'log');
  writeFileSync(
    configuration,
    `settings { logfile = "${log}", statusInterval = 1, nodaemon = true }
sync { default.rsync, source = "${watched}", target = "endpoint:${destination}", delay = 0,
  rsync = { archive = true, rsh = "/usr/bin/ssh -F ${site.sshConfiguration}" } }
`,
  );
  const child = spawn(PROGRAM, ['-nodaemon', configuration], { stdio: 'ignore' });
  await untilTrue(
    () => existsSync(log) && /Startup of .* finished/.test(readFileSync(log, 'utf8')),
  );
  return {
    watched,
    async stop() {
      child.kill('SIGTERM');
      await once(child, 'close');
      rmSync(root, { recursive: true, force: true });
    },
  };
}

/** rsync gives a file its name when it is complete. */
export function countComplete(directory: string, size_bytes: number): number {
  const entries = readdirSync(directory, { recursive: true, withFileTypes: true });
  return entries.filter((entry) => {
    if (!entry.isFile() || entry.name.startsWith('.')) return false;
    const stats = statSync(join(entry.parentPath, entry.name), { throwIfNoEntry: false });
    return stats?.size === size_bytes;
  }).length;
}
