// Faults on a running two-site line of real processes: nothing is lost or doubled, and once it is
// calm everything converges. On two hosts where that is possible, else with two servers and a proxy.

import { spawn } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { ChaosReport } from '../../../scripts/chaos.d/chaos.ts';
import { describeFault, planFaults } from '../../../scripts/chaos.d/fault-plan.ts';

const repository = join(dirname(fileURLToPath(import.meta.url)), '../../..');
const LONG = process.env.DRAWS_LONG === '1';
const MINUTE_MS = 60_000;
const firstSeed = Number(process.env.DRAWS_SEED ?? 1) % 1_000_000;
const programme = LONG
  ? { seeds: [0, 1, 2, 3, 4].map((n) => firstSeed + n), ousCount: 20, minutes: 3 }
  : { seeds: [firstSeed], ousCount: 6, minutes: 0.6 };

let directory: string;

beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'draws-chaos-test-'));
});

afterEach(() => rmSync(directory, { recursive: true, force: true }));

async function chaos(...args: string[]): Promise<{ exitCode: number | null; output: string }> {
  const child = spawn(join(repository, 'scripts/chaos'), args, {
    stdio: ['ignore', 'pipe', 'pipe'],
    env: { ...process.env, TMPDIR: directory },
  });
  let output = '';
  for (const stream of [child.stdout, child.stderr]) {
    stream.on('data', (chunk: Buffer) => {
      output += chunk.toString();
    });
  }
  const exitCode = await new Promise<number | null>((resolve) => child.once('close', resolve));
  return { exitCode, output };
}

async function survive(ousCount: number, seed: number, minutes: number, ...more: string[]) {
  const json = join(directory, 'report.json');
  const figures = ['--ous', ousCount, '--seed', seed, '--minutes', minutes].map(String);
  const { exitCode, output } = await chaos(...figures, '--json', json, ...more);
  expect(exitCode, output).toBe(0);
  const report: ChaosReport = JSON.parse(readFileSync(json, 'utf8'));
  expect(report).toMatchObject({ lost: 0, doubled: 0, problems: [] });
  expect(report.faults.length).toBeGreaterThan(5 * minutes);
  // A copy of a message can't be made where the server was just killed; most faults do happen.
  expect(report.failedFaults).toBeLessThan(report.faults.length / 2);
}

describe('a line under faults', () => {
  const { seeds, ousCount, minutes } = programme;
  const timeout = (minutes + 6) * MINUTE_MS;
  it.each(seeds)('loses and doubles nothing (seed %i)', { timeout }, (seed) =>
    survive(ousCount, seed, minutes),
  );

  it('does so without root as well', { timeout: 6 * MINUTE_MS }, () =>
    survive(3, firstSeed, 0.2, '--local'),
  );
});

it('ends, and leaves nothing, where it fails itself', { timeout: 3 * MINUTE_MS }, async () => {
  const small = ['--local', '--ous', '1', '--minutes', '0', '--failure-rate', '0'];
  const { exitCode, output } = await chaos(...small, '--json', join(directory, 'no/such/place'));
  expect(output).toMatch(/^chaos: ENOENT/m);
  expect(exitCode).toBe(1);
  expect(readdirSync(directory).filter((name) => name.startsWith('draws-'))).toEqual([]);
});

describe('the plan of faults', () => {
  const targets = {
    processes: ['JAO-xtss', 'EU-couchdb'],
    sites: ['JAO', 'EU'],
    kinds: ['kill', 'freeze', 'cut', 'spoil', 'shift-clock', 'fill-disk', 'duplicate'] as const,
  };

  it('is the same for the same seed', () => {
    expect(planFaults(7, 600, targets)).toEqual(planFaults(7, 600, targets));
    expect(planFaults(8, 600, targets)).not.toEqual(planFaults(7, 600, targets));
  });

  it('has every kind, in time and on known targets', () => {
    const plan = planFaults(7, 600, targets);
    expect(new Set(plan.map(({ kind }) => kind))).toEqual(new Set(targets.kinds));
    expect(plan.every(({ at_s }) => at_s > 0 && at_s <= 600)).toBe(true);
    expect(plan.map(({ at_s }) => at_s)).toEqual(plan.map(({ at_s }) => at_s).toSorted(ascending));
    for (const fault of plan) expect(describeFault(fault)).toContain(fault.kind);
  });

  it('refuses options that make no sense', async () => {
    const { exitCode, output } = await chaos('--ous', 'many');
    expect([exitCode, output]).toEqual([2, expect.stringMatching(/^chaos: --ous is "many"/)]);
  });
});

const ascending = (one: number, other: number): number => one - other;
