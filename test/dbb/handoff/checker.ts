// Checks the outcome of a run from the disk and the database alone: every file once in the
// endpoint's buffer, once in the holding area, with one record that agrees with both.

import { createHash } from 'node:crypto';
import { existsSync, lstatSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect } from 'vitest';
import type { FileRecord } from '../../../mockup/core/dbb/file-record.ts';
import type { World } from './world.ts';

/** Path → BLAKE2b-512 of the content. */
export type Tree = Map<string, string>;

export function readTree(root: string, directory = ''): Tree {
  const tree: Tree = new Map();
  if (!existsSync(join(root, directory))) return tree;
  for (const name of readdirSync(join(root, directory))) {
    const path = directory === '' ? name : `${directory}/${name}`;
    // The manager may move it away meanwhile.
    const stats = lstatSync(join(root, path), { throwIfNoEntry: false });
    if (!stats) continue;
    if (stats.isDirectory()) {
      for (const [inner, sum] of readTree(root, path)) tree.set(inner, sum);
    } else if (stats.isFile()) tree.set(path, checksum(readFileSync(join(root, path))));
  }
  return tree;
}

export function checksum(content: Uint8Array | string): string {
  return createHash('blake2b512').update(content).digest('hex');
}

function sorted(tree: Tree): [string, string][] {
  return [...tree].sort(([one], [other]) => (one < other ? -1 : 1));
}

/** Everything of `sources` was shipped, and nothing else happened. */
export async function checkShipped(world: World, sources: Tree): Promise<void> {
  expect(sorted(readTree(world.endpointBuffer))).toEqual(sorted(sources));
  expect(sorted(readTree(world.holding))).toEqual(sorted(sources));
  expect([...readTree(world.buffer).keys()]).toEqual([]);
  expect([...readTree(world.staging).keys()]).toEqual([]);
  await checkRecords(world, sources);
}

/** One record per file, and it tells what is on the disk. */
export async function checkRecords(world: World, sources: Tree): Promise<void> {
  const records = await world.fileRecords();
  const held = records.filter(({ state }) => state === 'held');
  const others = records.filter(({ state }) => state !== 'held');
  expect(others.map(({ _id, state, reason }) => ({ _id, state, reason }))).toEqual([]);
  const recorded: Tree = new Map(held.map((record) => [pathOf(record), record.checksum ?? '']));
  expect(held.length).toBe(recorded.size);
  expect(sorted(recorded)).toEqual(sorted(sources));
  const batches = new Set((await world.batchRecords()).map(({ _id }) => _id));
  for (const record of held) {
    const stats = lstatSync(join(world.holding, record.held_as ?? pathOf(record)));
    expect(record.size_bytes).toBe(stats.size);
    expect(record.held_on).not.toBeNull();
    expect(record.transferred_on).not.toBeNull();
    expect(batches.has(`batch:${record.batch}`), `${record._id}: ${record.batch}`).toBe(true);
    const states = record.history.map(({ state }) => state);
    expect(states[0]).toBe('discovered');
    expect(states.at(-1)).toBe('held');
    expect(states.filter((state) => state === 'transferred')).toEqual(['transferred']);
  }
}

export function pathOf({ relpath, filename }: FileRecord): string {
  return relpath === '' ? filename : `${relpath}/${filename}`;
}
