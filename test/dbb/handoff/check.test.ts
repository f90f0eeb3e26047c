// Buffer, holding area, endpoint and records are compared by a command that changes none of them.

import { appendFileSync, mkdirSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import type { Tree } from './checker.ts';
import { add } from './trees.ts';
import { createWorld, type World } from './world.ts';

vi.setConfig({ testTimeout: 120_000 });

let world: World;
let storage: string;

beforeEach(async () => {
  world = await createWorld();
  storage = join(world.directory, 'storage');
  mkdirSync(storage);
});

afterEach(() => world.close());

async function check(...args: string[]) {
  const { code, output } = await world.command('check', world.configuration, '--json', ...args);
  const lines = output
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line));
  const told = lines.slice(0, -1).map(({ kind, path }) => `${kind} ${path}`);
  return { code, told, counts: lines.at(-1) };
}

it('tells what is lost, changed or dark on either side, and is content where all agrees', async () => {
  world.configure({ endpoint: { storage } });
  const tree: Tree = new Map();
  const names = ['good', 'taken', 'lost', 'changed', 'same-size', 'lost there', "changed' there"];
  for (const name of names) add(world.buffer, tree, `n/${name}`, `content of ${name}`);
  await world.runUntilEmpty();
  // The manager of the endpoint.
  mkdirSync(join(storage, 'n'));
  renameSync(join(world.endpointBuffer, 'n/taken'), join(storage, 'n/taken'));
  const good = await check('--checksum');
  expect(good.told).toEqual([]);
  expect(good).toMatchObject({ code: 0, counts: { held: 7, there: 7, complete: true } });

  rmSync(join(world.holding, 'n/lost'));
  appendFileSync(join(world.holding, 'n/changed'), 'more');
  writeFileSync(join(world.holding, 'n/same-size'), 'CONTENT of same-size');
  writeFileSync(join(world.holding, 'n/dark'), '');
  rmSync(join(world.endpointBuffer, 'n/lost there'));
  writeFileSync(join(world.endpointBuffer, "n/changed' there"), 'x');
  const bySize = await check();
  expect(bySize.code).toBe(1);
  expect(bySize.told.toSorted()).toEqual([
    'changed n/changed',
    "changed-there n/changed' there",
    'dark n/dark',
    'lost n/lost',
    'lost-there n/lost there',
  ]);
  const byContent = await check('--checksum', '--no-endpoint');
  expect(byContent.told).toContain('changed n/same-size');

  const place = join(world.directory, 'place');
  const told: string[] = [];
  for (let complete = false; !complete; ) {
    const part = await check('--limit', '3', '--place', place);
    told.push(...part.told);
    complete = part.counts.complete;
  }
  expect(told.toSorted()).toEqual(bySize.told.toSorted());
});

it('does not call lost what was taken there, where its storage is not known', async () => {
  add(world.buffer, new Map(), 'a', 'a');
  await world.runUntilEmpty();
  rmSync(join(world.endpointBuffer, 'a'));
  const { code, counts } = await check();
  expect(code).toBe(0);
  expect(counts).toMatchObject({ held: 1, taken: 1 });
});

it('does not call dark what is excluded, nor what is on its way; but what only begins as that', async () => {
  world.configure({ general: { exclude_list: ['(^|/)\\.gitkeep$', '^private/'] } });
  add(world.buffer, new Map(), 'a', 'a');
  add(world.holding, new Map(), '.gitkeep', '');
  add(world.holding, new Map(), 'd/.gitkeep', '');
  add(world.holding, new Map(), 'private/notes', 'mine');
  await world.runUntilEmpty();
  const good = await check();
  expect(good.told).toEqual([]);
  expect(good.code).toBe(0);
  add(world.holding, new Map(), '.hdfmgr-notes', 'held by nobody');
  add(world.holding, new Map(), 'd/not.gitkeep', 'x');
  expect((await check()).told.toSorted()).toEqual(['dark .hdfmgr-notes', 'dark d/not.gitkeep']);
});

it('goes no faster than --rate says', async () => {
  for (let index = 0; index < 20; index++) add(world.buffer, new Map(), `n${index}/a`, `${index}`);
  await world.runUntilEmpty();
  const begun = performance.now();
  const { code } = await check('--rate', '50');
  // Twenty records, twenty files held, twenty there: asked of the clock, not of the machine.
  expect(performance.now() - begun).toBeGreaterThan(1000);
  expect(code).toBe(0);
});
