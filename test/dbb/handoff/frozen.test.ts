// A manager that is stopped (SIGSTOP) beyond the time for which its lock counts, while another one
// takes over, and then goes on in the middle of what it did: nothing of it may count any more.

import { execFileSync } from 'node:child_process';
import { chmodSync, existsSync, readdirSync, utimesSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { checkShipped, readTree } from './checker.ts';
import { writeTree } from './trees.ts';
import { createWorld, type Manager, until, type World } from './world.ts';

vi.setConfig({ testTimeout: 180_000 });

let world: World;

beforeEach(async () => {
  world = await createWorld();
});

afterEach(() => world.close());

/** The manager and all that it started: each command leads a group of its own. */
function tree(pid: number): number[] {
  const list = execFileSync('ps', ['-eo', 'pid=,ppid='], { encoding: 'utf8' });
  const parents = list
    .trim()
    .split('\n')
    .map((line) => line.trim().split(/\s+/).map(Number));
  const found = [pid];
  for (const one of found) {
    for (const [child, parent] of parents) if (parent === one && child) found.push(child);
  }
  return found;
}

function signal(pids: readonly number[], name: NodeJS.Signals): void {
  for (const pid of pids) {
    try {
      process.kill(pid, name);
    } catch {
      // It has ended.
    }
  }
}

/** As if it had been stopped for an hour. */
function forget(): void {
  const long_ago = Date.now() / 1000 - 3600;
  utimesSync(join(world.buffer, '.hdfmgr/lock'), long_ago, long_ago);
}

function pidOf({ child }: Manager): number {
  return child.pid ?? 0;
}

const CASES = [
  { what: 'its commands with it', all: true, verify: 'size' },
  { what: 'its commands go on', all: false, verify: 'checksum' },
];

it.each(CASES)('ends when it goes on, and changes nothing: $what', async ({ all, verify }) => {
  const sign = join(world.directory, 'go-on');
  const copy = join(world.directory, 'copy');
  const wait = `[ "$(basename "$1")" != f7.fits ] || while [ ! -e '${sign}' ]; do sleep 0.05; done`;
  writeFileSync(copy, `#!/bin/sh\n${wait}\ncp -p "$1" "$2"\n`);
  chmodSync(copy, 0o755);
  world.configure({
    transfer: `${copy} {file} {dest}`,
    general: { chunk_size: 2 },
    endpoint: { verify },
  });
  const sources = writeTree(world.buffer, 12, 5000, 3);
  const first = world.run();
  await until('one transfer is in hand, others are over', () => {
    return readTree(world.holding).size >= 4 && readdirSync(world.staging).length > 0;
  });
  const stopped = all ? tree(pidOf(first)) : [pidOf(first)];
  signal(stopped, 'SIGSTOP');
  forget();
  // The one that waits in the first manager's hands is sent by the second.
  writeFileSync(sign, '');
  await world.runUntilEmpty();
  await checkRecordsAndFiles();
  signal(stopped, 'SIGCONT');
  expect(await first.ended, first.output()).not.toBe(0);
  expect(first.output()).toMatch(/lock was lost|was taken by/);
  await checkRecordsAndFiles();
  await checkShipped(world, sources);

  async function checkRecordsAndFiles(): Promise<void> {
    expect(readTree(world.holding)).toEqual(sources);
    expect(readTree(world.endpointBuffer)).toEqual(sources);
    expect(readTree(world.buffer).size).toBe(0);
    const states = (await world.fileRecords()).map(({ state }) => state);
    expect(states).toEqual(Array.from({ length: sources.size }, () => 'held'));
  }
});

it('ends its transfers at once when another one has its lock', async () => {
  const pids = join(world.directory, 'pids');
  const copy = join(world.directory, 'copy');
  writeFileSync(copy, `#!/bin/sh\necho $$ >> '${pids}'\nexec sleep 600\n`);
  chmodSync(copy, 0o755);
  world.configure({ transfer: `${copy} {file} {dest}` });
  writeTree(world.buffer, 3, 100);
  const manager = world.run();
  await until('a transfer is in hand', () => existsSync(pids));
  const lock = join(world.buffer, '.hdfmgr/lock');
  const holder = { pid: 1, host: 'another', machine: 'another', started: 'now', what: 'hdfmgr' };
  writeFileSync(lock, `${JSON.stringify(holder)}\n`);
  expect(await manager.ended, manager.output()).not.toBe(0);
  const left = execFileSync('cat', [pids], { encoding: 'utf8' }).trim().split('\n').map(Number);
  for (const pid of left) expect(() => process.kill(pid, 0)).toThrow(/ESRCH/);
});
