// A process of a line that finds its port taken before it ever ran is not started again and again.

import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import {
  type ProcessEvent,
  SupervisedProcess,
} from '../../../mockup/cli/up/supervised-process.ts';

let root: string;
let started: SupervisedProcess | undefined;

beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'draws-supervised-'));
});

afterEach(async () => {
  await started?.stop(1000);
  rmSync(root, { recursive: true, force: true });
});

function start(code: string, onEvent: (event: ProcessEvent) => void): SupervisedProcess {
  started = new SupervisedProcess(
    {
      ...{ name: 'one', file: process.execPath, args: ['-e', code], env: process.env },
      logFile: join(root, 'one.log'),
    },
    onEvent,
  );
  return started;
}

const TAKEN = `console.error('draws: port 8000 of 127.0.0.1 is in use (stop it)'); process.exit(1)`;

it('gives up at once where the port is taken', async () => {
  const events: ProcessEvent[] = [];
  const process = start(TAKEN, (event) => events.push(event));
  await expect(process.firstMessage()).rejects.toThrow(/port 8000 of 127\.0\.0\.1 is in use/);
  expect(events.map(({ kind }) => kind)).toEqual(['given-up']);
  expect(process.restarts).toBe(0);
});

it('is started again where it ran before', async () => {
  const restarting = new Promise<ProcessEvent>((resolve) => {
    start(`process.send('running', () => { ${TAKEN} })`, resolve);
  });
  expect(await restarting).toMatchObject({ kind: 'restarting' });
});
