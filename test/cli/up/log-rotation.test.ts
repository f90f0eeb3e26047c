// Logs of a running line: rotated while a process appends to them.

import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, openSync, readFileSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it, onTestFinished } from 'vitest';
import { rotateLog } from '../../../mockup/cli/up/log-rotation.ts';

it('goes on in the same file, at its new beginning', async () => {
  const directory = mkdtempSync(join(tmpdir(), 'log-rotation-'));
  onTestFinished(() => rmSync(directory, { recursive: true, force: true }));
  const file = join(directory, 'JAO-xtss.log');
  const log = openSync(file, 'a');
  const code = `process.stdin.on('data', (text) => process.stdout.write(text, () => process.send('said')))`;
  const child = spawn(process.execPath, ['-e', code], { stdio: ['pipe', log, log, 'ipc'] });
  onTestFinished(() => void child.kill('SIGKILL'));
  const say = async (text: string) => {
    child.stdin?.write(text);
    await once(child, 'message');
  };
  await say(`${'x'.repeat(1000)}\n`);
  expect(rotateLog(file, 2000)).toBe(false);
  expect(rotateLog(file, 500)).toBe(true);
  expect(statSync(file).size).toBe(0);
  await say('after\n');
  expect(readFileSync(file, 'utf8')).toBe('after\n');
  expect(statSync(`${file}.1`).size).toBe(1001);
  expect(rotateLog(join(directory, 'none.log'), 1)).toBe(false);
});
