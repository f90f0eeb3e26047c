// How a line ends: by Ctrl-C, by kill -9, by a port that is taken; and that it goes on afterwards.

import { createServer } from 'node:net';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { eventually, processesOf, startLine, temporaryDirectory } from './running-line.ts';

const limit = { timeout: 300_000 };
/** A bound for a loaded machine; what a person is promised is measured in docs/BENCHMARKS.md. */
const GONE_LIMIT_MS = 60_000;

let directory: ReturnType<typeof temporaryDirectory>;

beforeEach(() => {
  directory = temporaryDirectory();
});

afterEach(() => {
  for (const { pid } of processesOf(directory.path)) process.kill(pid, 'SIGKILL');
  directory.remove();
});

const allGone = () =>
  eventually('all processes have ended', GONE_LIMIT_MS, () =>
    processesOf(directory.path).length === 0 ? true : undefined,
  );

it('stops by Ctrl-C with nothing left, and goes on later', limit, async () => {
  const data = ['--data', directory.path, '--ous', '3'];
  const line = startLine([...data, '--pace', '0.3']);
  await line.says(/ Processing Pipeline/);
  expect(processesOf(directory.path).length).toBeGreaterThan(12);
  line.kill('SIGINT');
  const { signal, output } = await line.end;
  expect(signal).toBe('SIGINT');
  expect(output).not.toMatch(/ended|Error|\n +at /);
  expect(processesOf(directory.path)).toEqual([]);

  const again = await startLine([...data, '--once']).end;
  expect(again.output).toMatch(/going on with 3 of 3 OUSs/);
  expect(again.exitCode, again.output).toBe(0);

  if (!process.env.DRAWS_LONG) return;
  const more = await startLine([...data, '--once', '--ous', '1']).end;
  expect(more.output).toMatch(/Xb3 Delivered/);
  expect(more.exitCode, more.output).toBe(0);
});

it.each([/preparing databases/, /starting \d+ actors/])(
  'stops by Ctrl-C while it starts: %s',
  limit,
  async (moment) => {
    const line = startLine(['--data', directory.path, '--dashboard-port', '0']);
    await line.says(moment);
    line.kill('SIGINT');
    const { signal, output } = await line.end;
    expect(signal, output).toBe('SIGINT');
    expect(output).not.toMatch(/Error|\n +at /);
    expect(processesOf(directory.path)).toEqual([]);
  },
);

it('refuses a second line on its data; killed with -9, leaves none', limit, async () => {
  const line = startLine(['--data', directory.path, '--ous', '2', '--pace', '0.5']);
  await line.says(/ Processing Pipeline/);
  const second = await startLine(['--data', directory.path, '--no-demo']).end;
  expect(second.exitCode).toBe(1);
  expect(second.output).toMatch(
    /(^|\n)draws: a line runs on .* already \(process \d+\) \(.*\)\n$/,
  );
  line.kill('SIGKILL');
  await line.end;
  await allGone();
});

it('says in one line that a port is taken', limit, async () => {
  const holder = createServer();
  await new Promise<void>((resolve) => holder.listen(0, '127.0.0.1', resolve));
  const { port } = holder.address() as { port: number };
  const { exitCode, signal, output } = await startLine([
    ...['--data', directory.path, '--couchdb-port', String(port)],
  ]).end;
  await new Promise((resolve) => holder.close(resolve));
  expect([exitCode, signal], output).toEqual([1, null]);
  const said = `(^|\n)draws: port ${port} is in use, needed for the CouchDB of JAO \\(give .*\\)\n$`;
  expect(output).toMatch(new RegExp(said));
  expect(processesOf(directory.path)).toEqual([]);
});

it('says what is not Delivered when the time is over', limit, async () => {
  const args = ['--data', directory.path, '--ous', '2', '--pace', '20', '--once'];
  const { exitCode, signal, output } = await startLine([...args, '--time-limit', '2']).end;
  expect([exitCode, signal], output).toEqual([1, null]);
  expect(output).toMatch(/draws: 2 of 2 OUSs not Delivered after 2 s: uid:\/\/X1\/X1\/Xb0 is /);
  await allGone();
});
