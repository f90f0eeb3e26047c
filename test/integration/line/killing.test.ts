// Actors and servers are killed with -9 while they work, each in turn, and started again: every
// OUS is Delivered all the same, and nothing is done twice.

import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import type { LineReport } from '../../../mockup/cli/up/report.ts';
import { type Inspected, inspect, problemsOf } from './inspection.ts';
import { pidIn, receiver, requester, startKiller, type Victim } from './killer.ts';
import {
  eventually,
  processesOf,
  type RunningLine,
  startLine,
  temporaryDirectory,
} from './running-line.ts';

const limit = { timeout: 300_000 };
const rounds = Array.from({ length: process.env.DRAWS_LONG ? 5 : 1 }, (_, round) => round + 1);
const SEEN_LIMIT_MS = 60_000;

const victims: Victim[] = [
  receiver('xtss', 'JAO'),
  receiver('torque-maui', 'EU'),
  receiver('replicated-cache', 'EU'),
  receiver('replicated-cache', 'JAO'),
  receiver('aqua-qa2', 'JAO'),
  receiver('product-ingestor', 'JAO'),
  requester('aqua-batch-helper', 'JAO'),
  requester('dra', 'JAO'),
  requester('data-tracker', 'EU'),
];

let directory: ReturnType<typeof temporaryDirectory>;
let inspected: Inspected | undefined;

beforeEach(() => {
  directory = temporaryDirectory();
});

afterEach(async () => {
  await inspected?.close();
  inspected = undefined;
  for (const { pid } of processesOf(directory.path)) process.kill(pid, 'SIGKILL');
  directory.remove();
});

function start(...args: string[]): RunningLine {
  const json = join(directory.path, 'report.json');
  return startLine(['--data', directory.path, '--once', '--json', json, ...args]);
}

async function checkEnd(line: RunningLine, count: number): Promise<LineReport> {
  const { exitCode, signal, output } = await line.end;
  expect([exitCode, signal], output).toEqual([0, null]);
  const report: LineReport = JSON.parse(readFileSync(join(directory.path, 'report.json'), 'utf8'));
  const uids = report.ouss.map(({ entityId }) => entityId);
  expect(uids).toHaveLength(count);
  inspected = await inspect(directory.path, ['JAO', 'EU']);
  expect(await problemsOf(inspected, uids)).toEqual([]);
  return report;
}

it.each(rounds)('survives the death of each actor, %i', limit, async () => {
  const line = start('--ous', '6', '--pace', '0.5');
  const [, jao = ''] = await line.says(/JAO +CouchDB (\S+)/);
  const [, eu = ''] = await line.says(/EU +CouchDB (\S+)/);
  const killer = startKiller([jao, eu], victims, (victim) => pidIn(directory.path, victim));
  await line.says(/JAO-xtss was ended by SIGKILL; started again in/);
  const report = await checkEnd(line, 6).finally(() => killer.stop());
  expect(killer.killed.toSorted()).toEqual(victims.map(({ address }) => address).sort());
  const restarted = victims.map(({ address }) => address.split('@').reverse().join('-'));
  expect(Object.keys(report.restarts).sort()).toEqual(restarted.sort());
});

it.each(rounds)('survives the death of driver and pipeline, %i', limit, async () => {
  const line = start('--ous', '2', '--pace', '0.5');
  for (const program of ['pipeline-driver', 'pipeline']) {
    const pid = await eventually(`a ${program}`, SEEN_LIMIT_MS, () => {
      const running = processesOf(directory.path);
      return running.find(({ command }) => command.includes(`draws.mjs ${program} `))?.pid;
    });
    process.kill(pid, 'SIGKILL');
  }
  await checkEnd(line, 2);
});

it.each(rounds)('survives the death of both servers, %i', limit, async () => {
  const line = start('--ous', '3', '--pace', '0.2');
  for (const moment of [/Processing Pipeline.* at EU/, /ReadyForReview/, /IngestingProducts/]) {
    await line.says(moment);
    const servers = processesOf(directory.path).filter(({ command }) =>
      command.includes('draws.mjs couchdb '),
    );
    for (const { pid } of servers) process.kill(pid, 'SIGKILL');
  }
  const report = await checkEnd(line, 3);
  expect(Object.keys(report.restarts).sort()).toEqual(['EU-couchdb', 'JAO-couchdb']);
});
