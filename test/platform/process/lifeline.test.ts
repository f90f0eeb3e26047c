import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, readFileSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import {
  isProcessGone,
  machineIdentity,
} from '../../../mockup/platform/process/machine-identity.ts';

const family = join(import.meta.dirname, 'fixtures/family.ts');

it('ends children and grandchildren when the first process is killed', async () => {
  const root = await mkdtemp(join(tmpdir(), 'draws-lifeline-'));
  const file = join(root, 'record');
  const lines = () => (existsSync(file) ? readFileSync(file, 'utf8').trim().split('\n') : []);
  const child = spawn(process.execPath, [family, '3'], {
    stdio: 'ignore',
    env: { ...process.env, FAMILY_RECORD: file, NODE_CHANNEL_FD: undefined },
  });
  const ended = once(child, 'exit');
  try {
    await expect.poll(lines, { timeout: 20_000 }).toContain('ready');
    const started = lines().filter((line) => line.startsWith('start'));
    const pids = started.map((line) => Number(line.split(' ')[1]));
    expect(pids).toHaveLength(3);
    child.kill('SIGKILL');
    await ended;
    const gone = () => pids.map((pid) => isProcessGone(machineIdentity(), pid));
    await expect.poll(gone, { timeout: 20_000 }).toEqual([true, true, true]);
    const orphans = lines().filter((line) => line.startsWith('orphan'));
    expect(orphans.sort()).toEqual(
      pids
        .slice(1)
        .map((pid) => `orphan ${pid}`)
        .sort(),
    );
  } finally {
    child.kill('SIGKILL');
    await rm(root, { recursive: true, force: true });
  }
});
