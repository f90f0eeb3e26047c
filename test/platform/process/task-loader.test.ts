import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { silentLogger } from '../../../mockup/platform/log/logger.ts';
import {
  createTaskLoader,
  type TaskContext,
} from '../../../mockup/platform/process/task-loader.ts';

const context: TaskContext = {
  progId: '2015.1.00657.S',
  ousUid: 'uid://X1/X1/Xb0',
  recipe: 'PipelineImaging',
  runDirectory: '/run',
  log: silentLogger,
  signal: new AbortController().signal,
};

let directory: string;
const loadTask = createTaskLoader();

beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'tasks-'));
  const tasks = [
    "export const uid = ({ ousUid }) => 'task of ' + ousUid;",
    'export const version = 7;',
    'export default async () => "the default";',
  ];
  await writeFile(join(directory, 'tasks.mjs'), tasks.join('\n'));
  await writeFile(join(directory, 'broken.mjs'), 'throw new Error("not today")');
});

afterEach(() => rm(directory, { recursive: true, force: true }));

it('loads functions from modules beside the tasks file', async () => {
  const named = await loadTask('./tasks.mjs', 'uid', directory);
  expect(await named(context)).toBe('task of uid://X1/X1/Xb0');
  const byDefault = await loadTask(join(directory, 'tasks.mjs'), 'default', '/elsewhere');
  expect(await byDefault(context)).toBe('the default');
});

it.each([
  ['./missing.mjs', 'default', "can't load task module ./missing.mjs"],
  ['./broken.mjs', 'default', 'not today'],
  ['no-such-package', 'default', 'no-such-package'],
  ['./tasks.mjs', 'other', 'exports no function other'],
  ['./tasks.mjs', 'version', 'exports no function version'],
])('says what is wrong with %s, export %s', async (module, exportName, complaint) => {
  await expect(loadTask(module, exportName, directory)).rejects.toThrow(complaint);
});
