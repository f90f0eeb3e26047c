import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { describe, expect, it } from 'vitest';
import {
  isProcessGone,
  machineIdentity,
} from '../../../mockup/platform/process/machine-identity.ts';

describe.runIf(process.platform === 'linux')('machine identity', () => {
  it('is the same for two processes of this machine', async () => {
    const module = new URL(
      '../../../mockup/platform/process/machine-identity.ts',
      import.meta.url,
    );
    const code = `import('${module}').then((m) => console.log(m.machineIdentity()))`;
    const child = spawn(process.execPath, ['-e', code], {
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    let said = '';
    child.stdout.setEncoding('utf8').on('data', (text) => {
      said += text;
    });
    await once(child, 'close');
    expect(machineIdentity()).not.toBe('');
    expect(said.trim()).toBe(machineIdentity());
  });

  it('knows that a process has ended', async () => {
    const child = spawn(process.execPath, ['-e', '']);
    await once(child, 'exit');
    expect(isProcessGone(machineIdentity(), child.pid!)).toBe(true);
  });

  it('knows that a process has ended whose parent has not noticed', async () => {
    // The shell starts a child that ends, and becomes a program that never waits for it.
    const script = 'true & echo $!; exec sleep 600';
    const shell = spawn('sh', ['-c', script], { stdio: ['ignore', 'pipe', 'ignore'] });
    try {
      const [said] = await once(shell.stdout, 'data');
      const pid = Number(String(said).trim());
      await expect.poll(() => isProcessGone(machineIdentity(), pid)).toBe(true);
    } finally {
      shell.kill('SIGKILL');
    }
  });

  it('says so of no running process', () => {
    expect(isProcessGone(machineIdentity(), process.pid)).toBe(false);
    expect(isProcessGone(machineIdentity(), 1)).toBe(false);
  });
});

it('knows nothing of another machine, and nothing of what is no pid', () => {
  expect(isProcessGone('', 4_194_305)).toBe(false);
  expect(isProcessGone('another boot pid:[1]', 4_194_305)).toBe(false);
  for (const pid of [0, -1, 1.5, Number.NaN]) {
    expect(isProcessGone(machineIdentity(), pid)).toBe(false);
  }
});
