// The whole line with real servers, rsync and processes: what it leaves is complete and the same
// at all sites.

import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import type { LineReport } from '../../../mockup/cli/up/report.ts';
import { type Inspected, inspect, problemsOf } from './inspection.ts';
import { processesOf, startLine, temporaryDirectory } from './running-line.ts';

const LIMIT_MS = 300_000;

let directory: ReturnType<typeof temporaryDirectory>;
let inspected: Inspected | undefined;

beforeEach(() => {
  directory = temporaryDirectory();
});

afterEach(async () => {
  await inspected?.close();
  inspected = undefined;
  directory.remove();
});

/** Runs a line to its end and gives what it reported. */
async function run(args: string[], input?: string): Promise<LineReport> {
  const data = join(directory.path, 'data');
  const json = join(directory.path, 'report.json');
  const line = startLine(
    ['--once', '--data', data, '--json', json, ...args],
    input === undefined ? {} : { input },
  );
  const { exitCode, signal, output } = await line.end;
  expect([exitCode, signal], output).toEqual([0, null]);
  expect(processesOf(data)).toEqual([]);
  return JSON.parse(readFileSync(json, 'utf8'));
}

async function problems(sites: string[], uids: string[], home?: (site: string) => string) {
  inspected = await inspect(join(directory.path, 'data'), sites, home);
  return problemsOf(inspected, uids);
}

const uidsOf = ({ ouss }: LineReport): string[] => ouss.map(({ entityId }) => entityId);

it('delivers three OUSs across two sites, each once', { timeout: LIMIT_MS }, async () => {
  const report = await run(['--ous', '3']);
  expect(report.outcome).toBe('delivered');
  expect(uidsOf(report)).toEqual(['uid://X1/X1/Xb0', 'uid://X1/X1/Xb1', 'uid://X1/X1/Xb2']);
  expect(report.restarts).toEqual({});
  for (const { documents, unreadMessages, deadMessages } of report.sites) {
    expect(documents).toMatchObject({
      'status-entities': 3,
      'pipeline-reports': 3,
      'delivery-status': 3,
      'products-metadata': 15,
      ngas: 18,
    });
    expect([unreadMessages, deadMessages]).toEqual([0, 0]);
  }
  expect(await problems(['JAO', 'EU'], uidsOf(report))).toEqual([]);
});

it('delivers at several ARCs', { timeout: LIMIT_MS }, async () => {
  const report = await run(['--sites', 'JAO,EU,NA,EA', '--ous', '3']);
  const executives = report.ouss.flatMap(({ history }) =>
    (history ?? []).flatMap(({ executive }) => executive ?? []),
  );
  expect(new Set(executives)).toEqual(new Set(['EU', 'NA', 'EA']));
  expect(await problems(['JAO', 'EU', 'NA', 'EA'], uidsOf(report))).toEqual([]);
});

it('delivers on a single database, with UIDs that hold a -', { timeout: LIMIT_MS }, async () => {
  const list = [
    'progID,ousUID,recipe',
    '2019.1.00263.S,uid://A-1/X-1/X3-46b,PipelineImaging',
    '2019.1.00263.S,uid://A-1/X-1/X3-46c',
  ];
  const report = await run(['--single-database', '--ous-file', '-'], list.join('\n'));
  expect(uidsOf(report).sort()).toEqual(['uid://A-1/X-1/X3-46b', 'uid://A-1/X-1/X3-46c']);
  const recipes = report.ouss
    .find(({ entityId }) => entityId.endsWith('46b'))
    ?.history?.map(({ substate }) => substate);
  expect(recipes?.slice(0, 3)).toContain('PipelineImaging');
  expect(await problems(['JAO', 'EU'], uidsOf(report), () => 'JAO')).toEqual([]);
});

it.runIf(process.env.DRAWS_LONG)(
  'delivers a hundred OUSs, or those of the file that DRAWS_OUS_FILE names',
  { timeout: 1_800_000 },
  async () => {
    const file = process.env.DRAWS_OUS_FILE;
    const given = file ? ['--ous-file', file] : ['--ous', '100'];
    const args = [...given, '--failure-rate', '0.1', '--max-jobs', '2', '--time-limit', '1700'];
    const report = await run(args);
    expect(report.ouss.length).toBeGreaterThanOrEqual(100);
    expect(await problems(['JAO', 'EU'], uidsOf(report))).toEqual([]);
  },
);

it('takes failed runs and reviews through again', { timeout: LIMIT_MS }, async () => {
  const report = await run(['--ous', '3', '--failure-rate', '0.3', '--max-jobs', '2']);
  const states = report.ouss.flatMap(({ history }) => (history ?? []).map(({ state }) => state));
  expect(states.filter((state) => state === 'Delivered')).toHaveLength(3);
  expect(await problems(['JAO', 'EU'], uidsOf(report))).toEqual([]);
});
