// Actors are stopped (SIGSTOP) beyond their leases while others of their kind go on, and come back
// later: one run counts, each effect happens once, and nothing stale is left.

import type { ChildProcess } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import type { LineReport } from '../../../mockup/cli/up/report.ts';
import { databaseNames } from '../../../mockup/core/databases.ts';
import type { MessageDocument } from '../../../mockup/platform/bus/message.ts';
import { running, startBeside, startFreezer } from './freezer.ts';
import { type Inspected, inspect, problemsOf } from './inspection.ts';
import { receiver, type Victim } from './killer.ts';
import {
  eventually,
  processesOf,
  type RunningLine,
  startLine,
  temporaryDirectory,
} from './running-line.ts';

const limit = { timeout: 300_000 };
const SEEN_LIMIT_MS = 90_000;
const LEASE_S = '1';

let directory: ReturnType<typeof temporaryDirectory>;
let inspected: Inspected | undefined;
let beside: ChildProcess[];

beforeEach(() => {
  directory = temporaryDirectory();
  beside = [];
});

afterEach(async () => {
  await inspected?.close();
  inspected = undefined;
  for (const { pid } of processesOf(directory.path)) process.kill(pid, 'SIGKILL');
  directory.remove();
});

function start(...args: string[]): RunningLine {
  const json = join(directory.path, 'report.json');
  process.env.DRAWS_LEASE_S = LEASE_S;
  try {
    return startLine(['--data', directory.path, '--once', '--json', json, ...args]);
  } finally {
    delete process.env.DRAWS_LEASE_S;
  }
}

const program = (name: string, site: string, what = `a ${name} at ${site}`) =>
  eventually(what, SEEN_LIMIT_MS, () => running(directory.path, name, site)[0]);

/** Another one of the program at the site. */
async function second(name: string, site: string): Promise<string> {
  const { child, runs } = await startBeside(
    directory.path,
    `second-${site}-${name}`,
    await program(name, site),
  );
  beside.push(child);
  return runs;
}

/** All is Delivered, and what one run is to leave is there once. */
async function checkEnd(line: RunningLine, count: number): Promise<void> {
  const { exitCode, signal, output } = await line.end;
  expect([exitCode, signal], output).toEqual([0, null]);
  for (const child of beside) child.kill('SIGTERM');
  const report: LineReport = JSON.parse(readFileSync(join(directory.path, 'report.json'), 'utf8'));
  expect(report.restarts).toEqual({});
  inspected = await inspect(directory.path, ['JAO', 'EU']);
  const uids = report.ouss.map(({ entityId }) => entityId);
  expect(uids).toHaveLength(count);
  expect(await problemsOf(inspected, uids)).toEqual([]);
  for (const { name, server, cache } of inspected.sites.values()) {
    const entries = (await cache?.files.list(cache.directory)) ?? [];
    const named = (pattern: RegExp) => entries.filter((entry) => pattern.test(entry.name)).length;
    expect([name, named(/^20/), named(/^weblog-/)]).toEqual([name, count, count]);
    expect(named(/^\./)).toBe(0);
    const reports = await server.open(databaseNames.pipelineReports).allDocs();
    expect(reports.filter(({ _id }) => !_id.startsWith('_'))).toHaveLength(count);
  }
  const jao = inspected.sites.get('JAO')?.server.open(databaseNames.messages);
  const messages = (await jao?.allDocs<MessageDocument>()) ?? [];
  expect(messages.filter(({ selector }) => selector === 'ingest.JAO')).toHaveLength(count);
}

it('torque-maui, while its driver goes on', limit, async () => {
  const line = start('--ous', '1', '--pace', '0.4');
  await program('pipeline-driver', 'EU');
  const first = await program('torque-maui', 'EU');
  process.kill(first.pid, 'SIGSTOP');
  const runs = await second('torque-maui', 'EU');
  await eventually('a driver of the second', SEEN_LIMIT_MS, () =>
    running(directory.path, 'pipeline-driver').find(({ environment }) =>
      environment.includes(runs),
    ),
  );
  await line.says(/ReadyForReview/);
  process.kill(first.pid, 'SIGCONT');
  await checkEnd(line, 1);
});

it.runIf(process.env.DRAWS_LONG)(
  'torque-maui and its driver, which comes back first',
  limit,
  async () => {
    const line = start('--ous', '1', '--pace', '0.3');
    const driver = await program('pipeline-driver', 'EU');
    const first = await program('torque-maui', 'EU');
    for (const { pid } of [first, driver]) process.kill(pid, 'SIGSTOP');
    await second('torque-maui', 'EU');
    await line.says(/ReadyForReview/);
    process.kill(driver.pid, 'SIGCONT');
    await line.says(/ Verified/);
    process.kill(first.pid, 'SIGCONT');
    await checkEnd(line, 1);
  },
);

// Each of them is caught with work in flight; where it ends its work before it stops, the next message
// is tried. The simulator freezes them at each of their steps.
it.runIf(process.env.DRAWS_LONG)('each actor that receives, at work', limit, async () => {
  const receivers: Victim[] = [
    receiver('xtss', 'JAO'),
    receiver('aqua-qa2', 'JAO'),
    receiver('product-ingestor', 'JAO'),
    receiver('replicated-cache', 'JAO'),
    receiver('replicated-cache', 'EU'),
  ];
  const line = start('--ous', '8', '--pace', '0.2', '--max-jobs', '2');
  const [, jao = ''] = await line.says(/JAO +CouchDB (\S+)/);
  const [, eu = ''] = await line.says(/EU +CouchDB (\S+)/);
  await line.says(/ReadyForProcessing/);
  for (const { address } of receivers) {
    const [name = '', site = ''] = address.split('@');
    await second(name, site);
  }
  const freezer = startFreezer([jao, eu], receivers);
  await checkEnd(line, 8).finally(() => freezer.stop());
  expect(freezer.overtaken.size).toBeGreaterThan(0);
});
