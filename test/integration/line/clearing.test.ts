// `draws clear-all-dbs` takes the documents away under a running line: the actors go on, and the
// next OUS is Delivered.

import { execFile } from 'node:child_process';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { processesOf, startLine, temporaryDirectory } from './running-line.ts';

const launcher = join(dirname(fileURLToPath(import.meta.url)), '../../../mockup/cli/draws.mjs');

let directory: ReturnType<typeof temporaryDirectory>;

beforeEach(() => {
  directory = temporaryDirectory();
});

afterEach(() => {
  for (const { pid } of processesOf(directory.path)) process.kill(pid, 'SIGKILL');
  directory.remove();
});

it('a line goes on when its databases are cleared', { timeout: 300_000 }, async () => {
  const line = startLine(['--data', directory.path, '--ous', '3', '--pace', '0.2']);
  const [, url = ''] = await line.says(/JAO +CouchDB (\S+)/);
  const env = { ...process.env, COUCHDB_URL: url, DRAWS_LOCATION: 'JAO' };
  const draws = (...args: string[]) =>
    promisify(execFile)(process.execPath, [launcher, ...args], { env });

  await line.says(/Xb0 Processing Pipeline.* at EU/);
  const { stdout } = await draws('clear-all-dbs', '--yes');
  expect(stdout).toMatch(/^status-entities: [1-3] documents$/m);
  expect(stdout).toMatch(/^deleted \d+ documents at http/m);

  await draws('launcher', '2015.1.00657.S', 'uid://A/after/X1', 'PipelineImaging');
  await line.says(/uid:\/\/A\/after\/X1 Delivered/);
  expect((await draws('messages', '--dead')).stdout).toBe('no dead messages\n');
  expect(line.output()).not.toMatch(/started again/);
  line.kill('SIGTERM');
  expect((await line.end).signal).toBe('SIGTERM');
});
