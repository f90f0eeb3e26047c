// What goes from the holding area goes only when the endpoint has proven its content; and which files
// are shipped first.

import { execFileSync } from 'node:child_process';
import {
  existsSync,
  mkdirSync,
  readFileSync,
  renameSync,
  rmSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { parse, stringify } from 'yaml';
import { readTree, type Tree } from './checker.ts';
import { add } from './trees.ts';
import { createWorld, until, type World } from './world.ts';

vi.setConfig({ testTimeout: 120_000 });

let world: World;

beforeEach(async () => {
  world = await createWorld();
});

afterEach(() => world.close());

function held(): string[] {
  return [...readTree(world.holding).keys()].toSorted();
}

async function shipOne(path: string, content = `content of ${path}`): Promise<void> {
  add(world.buffer, new Map(), path, content);
  await world.runUntilEmpty();
}

describe('retention', () => {
  it('removes by number what is proven at the endpoint, the oldest first, and nothing else', async () => {
    world.configure({ handoff: { retention: { files: 1 } } });
    const paths = ['a/lost there', 'a/other there', 'a/other here', "b/it's proven", 'newest'];
    for (const path of paths.slice(0, -1))
      add(world.buffer, new Map(), path, `content of ${path}`);
    await world.runUntilEmpty();
    await shipOne('newest');
    rmSync(join(world.endpointBuffer, 'a/lost there'));
    writeFileSync(join(world.endpointBuffer, 'a/other there'), 'CONTENT of a/other there');
    writeFileSync(join(world.holding, 'a/other here'), 'CONTENT of a/other here');
    const dry = await world.command('expire', world.configuration, '--dry-run');
    expect(dry.output).toMatch(/would go: b\/it's proven/);
    expect(held()).toEqual(paths.toSorted());
    const { code, output } = await world.command('expire', world.configuration, '--json');
    expect(code).toBe(1);
    const lines = output
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line));
    expect(Object.fromEntries(lines.map(({ path, outcome }) => [path, outcome]))).toMatchObject({
      'a/lost there': 'taken',
      'a/other there': 'changed-there',
      'a/other here': 'other',
      "b/it's proven": 'removed',
    });
    expect(lines.at(-1)).toMatchObject({ removed: 1, unproven: 3 });
    expect(held()).toEqual(paths.filter((path) => !path.startsWith('b')).toSorted());
    const records = await world.fileRecords();
    const removed = records.filter(({ removed_on }) => removed_on);
    expect(removed.map(({ filename }) => filename)).toEqual(["it's proven"]);
    expect(removed[0]?.state).toBe('held');
    const check = await world.command('check', world.configuration, '--no-endpoint');
    expect(check.output).not.toMatch(/^lost/m);
  });

  it('by age is the running manager’s own affair', async () => {
    const retention = { age: 0.5, every: 0.5 };
    const storage = join(world.directory, 'storage');
    mkdirSync(storage);
    world.configure({ handoff: { retention }, endpoint: { storage } });
    add(world.buffer, new Map(), 'n/a', 'a');
    const manager = world.run();
    await manager.said(/files were removed from the holding area/);
    expect(held()).toEqual([]);
    manager.child.kill('SIGTERM');
    expect(await manager.ended).toBe(0);
    expect([...readTree(world.endpointBuffer).keys()]).toEqual(['n/a']);
  });
});

describe('the order', () => {
  it('is by patterns, then by age, as a dry run tells; and so they go', async () => {
    world.configure({
      general: {
        order: 'newest',
        first: ['^urgent', '\\.guide$'],
        chunk_size: 1,
        num_threads: 1,
      },
    });
    const paths = ['old', 'new', 'x.guide', 'urgent-z', 'middle'];
    const times = [1000, 5000, 2000, 500, 3000];
    const tree: Tree = new Map();
    for (const [index, path] of paths.entries()) {
      add(world.buffer, tree, path, path);
      utimesSync(join(world.buffer, path), times[index] ?? 0, times[index] ?? 0);
    }
    const wanted = ['urgent-z', 'x.guide', 'new', 'middle', 'old'];
    const { code, output } = await world.command('run', '--dry-run', world.configuration);
    expect(code).toBe(0);
    expect([...output.matchAll(/^ship "(.*)" /gm)].map(([, path]) => path)).toEqual(wanted);
    expect(held()).toEqual([]);
    await world.runUntilEmpty();
    const records = await world.fileRecords();
    const ended = records.toSorted((one, other) => {
      return (one.batch ?? '') < (other.batch ?? '') ? -1 : 1;
    });
    expect(ended.map(({ relpath, filename }) => join(relpath, filename))).toEqual(wanted);
  });
});

it('opens its log again on SIGHUP, for whoever moves it away', async () => {
  const log = join(world.directory, 'hdfmgr.log');
  const text = readFileSync(world.configuration, 'utf8');
  writeFileSync(world.configuration, `${text}logging:\n  file: ${JSON.stringify(log)}\n`);
  const lines = (path: string) => (existsSync(path) ? readFileSync(path, 'utf8') : '');
  const manager = world.run();
  await until('it runs', () => lines(log).includes('buffer scanned'));
  renameSync(log, `${log}.1`);
  manager.child.kill('SIGHUP');
  // What it notes from then on is in a new file.
  let fifos = 0;
  await until('the file is there', () => {
    execFileSync('mkfifo', [join(world.buffer, `fifo-${fifos++}`)]);
    return existsSync(log);
  });
  manager.child.kill('SIGTERM');
  expect(await manager.ended).toBe(0);
  expect(lines(log)).toMatch(/stopped/);
  expect(lines(`${log}.1`)).not.toMatch(/stopped/);
});

it('a manifest is what b2sum checks, whatever files are called', async () => {
  const tree: Tree = new Map();
  for (const path of ['n/plain', 'n/two  blanks', 'n/back\\slash', 'n/line\nfeed', 'other/x']) {
    add(world.buffer, tree, path, path);
  }
  await world.runUntilEmpty();
  const out = join(world.directory, 'manifests');
  const { code, output } = await world.command('manifest', world.configuration, '--out', out);
  expect(output).toMatch(/5 files in 2 manifests/);
  expect(code).toBe(0);
  const sums = join(out, 'n/B2SUMS');
  execFileSync('b2sum', ['--check', '--strict', sums], { cwd: join(world.endpointBuffer, 'n') });
  const some = await world.command('manifest', world.configuration, 'n');
  execFileSync('b2sum', ['--check', '--strict', '-'], {
    cwd: world.endpointBuffer,
    input: some.output,
  });
  await until('four lines', () => some.output.trim().split('\n').length === 4);
});

it('a second manager ships what the first has held to an endpoint of its own', async () => {
  const first = readFileSync(world.configuration, 'utf8');
  const places = {
    holding: join(world.directory, 'both'),
    there: join(world.directory, 'second'),
  };
  for (const place of Object.values(places)) mkdirSync(place);
  const second = join(world.directory, 'second.yaml');
  const { database, endpoint, general } = parse(first);
  const content = {
    database: { ...database, tablenames: { file: 'second-files', batch: 'second-batches' } },
    handoff: { buffer: world.holding, holding: places.holding },
    endpoint: { ...endpoint, buffer: places.there, staging: places.there },
    general,
  };
  writeFileSync(second, stringify(content));
  const tree: Tree = new Map();
  for (const path of ['n/a', 'b']) add(world.buffer, tree, path, path);
  await world.runUntilEmpty();
  expect(await world.command('run', '--until-empty', second)).toMatchObject({ code: 0 });
  for (const place of [world.endpointBuffer, places.there, places.holding]) {
    expect(readTree(place)).toEqual(tree);
  }
  const later = await world.server.open('second-files').allDocs<{ state?: string }>();
  for (const records of [await world.fileRecords(), later]) {
    expect(records.flatMap(({ state }) => state ?? [])).toEqual(['held', 'held']);
  }
});
