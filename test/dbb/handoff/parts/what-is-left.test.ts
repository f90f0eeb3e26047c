// What must not be overlooked: a journal on the other disk, a directory whose name no text can say,
// and the end of a long output.

import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { walkInOrder } from '../../../../mockup/dbb/files/walk-in-order.ts';
import { createAppendLogs } from '../../../../mockup/dbb/holding/append-logs.ts';
import { openStateDirectory } from '../../../../mockup/dbb/holding/state-directory.ts';
import { runTool } from '../../../../mockup/dbb/process/tool-runner.ts';

let directory: string;

beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'left-'));
});

afterEach(() => {
  rmSync(directory, { recursive: true, force: true });
});

it('a journal on the spare disk keeps the state directory', async () => {
  const [own, spare] = [join(directory, 'own'), join(directory, 'spare')];
  const state = openStateDirectory(own, 'abc', { spare });
  const journals = createAppendLogs(join(spare, 'journal'));
  const journal = await journals.open('b', [{ kind: 'batch' }]);
  await journal.close();
  expect(state.clear()).toBe(false);
  expect(journals.names()).toEqual(['b']);
  journals.remove('b');
  expect(state.clear()).toBe(true);
});

it('a directory whose name is not UTF-8 is told', () => {
  mkdirSync(Buffer.concat([Buffer.from(`${directory}/caf`), Buffer.from([0xe9])]));
  expect([...walkInOrder(directory)]).toEqual([
    { directory: '', paths: [] },
    { directory: 'caf\ufffd', paths: [], fault: 'its name is not UTF-8' },
  ]);
});

it('a tool may say as much as it likes, and its last words are kept', async () => {
  const script = 'process.stdout.write("x".repeat(12 * 2 ** 20) + "last\\n")';
  const result = await runTool([process.execPath, '-e', script], { keep_bytes: 8 });
  expect(result).toMatchObject({ exitCode: 0, stdout: 'xxxlast', stderr: '' });
  expect(await runTool(['/no/such/program'])).toMatchObject({ notStarted: 'ENOENT' });
});
