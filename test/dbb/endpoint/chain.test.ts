// The whole chain as people run it: from the buffer at one site, over a real ssh server, through
// finder and two ingesters at the other.

import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { startSshd } from '../handoff/sshd.ts';

// A dozen processes, on a machine that may be busy.
vi.setConfig({ testTimeout: 300_000 });

const script = join(import.meta.dirname, '../../../scripts/handoff-demo');

let directory: string;
let sshd: Awaited<ReturnType<typeof startSshd>>;

beforeEach(async () => {
  directory = mkdtempSync(join(tmpdir(), 'chain-test-'));
  sshd = await startSshd(join(directory, 'ssh'));
});

afterEach(async () => {
  await sshd.stop();
  rmSync(directory, { recursive: true, force: true });
});

it('brings every image from the summit into both systems, byte for byte', async () => {
  const options = ['--images', '1', '--small', '12', '--pause', '20', '--no-dashboard'];
  const ssh = ['--ssh-config', sshd.clientConfiguration, '--directory', join(directory, 'demo')];
  const child = spawn(script, [...options, ...ssh], { stdio: ['ignore', 'pipe', 'pipe'] });
  let output = '';
  for (const stream of [child.stdout, child.stderr]) {
    stream.setEncoding('utf8').on('data', (text: string) => {
      output += text;
    });
  }
  const [exitCode] = await once(child, 'close');
  expect(output).toContain('all 13 images are where they should be');
  expect(exitCode, output).toBe(0);
  expect(sshd.connections()).toBeGreaterThan(0);
});
