// One bad entry, one full disk, one bad link: what is wrong is told of the file or the side that it is
// wrong with, and everything else goes on.

import { execFileSync } from 'node:child_process';
import { chmodSync, existsSync, mkdirSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import type { FileRecord } from '../../../mockup/core/dbb/file-record.ts';
import { checkShipped, pathOf, readTree, type Tree } from './checker.ts';
import { fullDisk } from './disks.ts';
import { add, writeTree } from './trees.ts';
import { createWorld, type Manager, until, type World } from './world.ts';

// Whole processes, on a machine that may be busy.
vi.setConfig({ testTimeout: 120_000 });

const RSYNC = 'rsync -a {file} {dest}/';
const isRoot = process.getuid?.() === 0;

let world: World;

beforeEach(async () => {
  world = await createWorld({ transfer: RSYNC });
});

afterEach(() => world.close());

async function recordOf(path: string): Promise<FileRecord | undefined> {
  return (await records()).find((record) => pathOf(record) === path);
}

/** None where there is no database yet. */
function records(): Promise<FileRecord[]> {
  return world.fileRecords().catch(() => []);
}

async function end(manager: Manager): Promise<void> {
  manager.child.kill('SIGTERM');
  expect(await manager.ended, manager.output()).toBe(0);
}

async function statusOf() {
  const { output } = await world.command('status', '--json', world.configuration);
  return JSON.parse(output);
}

/** Makes `name` of that many bytes, by going down one directory at a time. */
function makeDeep(root: string, names: readonly string[], file: string, content: string): void {
  const script = [
    'cd "$1" || exit; shift; f=$1 c=$2; shift 2',
    'for d do mkdir -p -- "$d"; cd -P -- "$d" || exit; done; printf %s "$c" >"$f"',
  ].join('\n');
  execFileSync('bash', ['-c', script, 'sh', root, file, content, ...names]);
}

describe('a path that is too long', () => {
  it.each(['none', 'size', 'checksum'])(
    'for the staging area alone is never recorded as held (verify: %s)',
    async (verify) => {
      world.configure({ transfer: RSYNC, endpoint: { verify } });
      // Fits below the buffer, which has the shorter path.
      const room = 4095 - world.buffer.length - 1;
      const depth = Math.floor((room - 10) / 251);
      const names = Array.from({ length: depth }, () => 'd'.repeat(250));
      const file = 'f'.repeat(room - depth * 251);
      makeDeep(world.buffer, names, file, 'deep');
      const sources: Tree = new Map();
      add(world.buffer, sources, 'a.fits', 'a');
      const manager = world.run();
      await until(manager.output, () => existsSync(join(world.holding, 'a.fits')));
      const path = [...names, file].join('/');
      await until('it is told', async () => {
        const { failures } = await statusOf();
        return failures.some((one: { path: string }) => one.path === path);
      });
      await end(manager);
      const record = await recordOf(path);
      expect(record?.state).not.toBe('held');
      expect(record?.transferred_on).toBeNull();
      expect(existsSync(join(world.buffer, path))).toBe(true);
      expect(readTree(world.endpointBuffer)).toEqual(sources);
    },
  );

  it('ends neither the search nor anything else', async () => {
    makeDeep(
      world.buffer,
      Array.from({ length: 20 }, () => 'd'.repeat(250)),
      'x',
      'deeper than any path',
    );
    const sources = writeTree(world.buffer, 5, 100);
    const manager = world.run();
    await until(manager.output, () => readTree(world.holding).size === 5);
    await until('it is skipped', async () =>
      (await records()).some(({ reason }) => /ENAMETOOLONG/.test(reason ?? '')),
    );
    await end(manager);
    for (const [path, sum] of sources) expect(readTree(world.holding).get(path)).toBe(sum);
  });
});

describe('odd names', () => {
  it('beside ordinary ones: `-`, and those that begin as our own do', async () => {
    const sources: Tree = new Map();
    for (const path of [
      '-',
      'd/-',
      '.hdfmgr-notes',
      '.hdfmgr-0123456789ab',
      'd/.hdfmgr-x/a',
      '--',
    ]) {
      add(world.buffer, sources, path, `content of ${path}`);
    }
    for (const verify of ['size', 'checksum', 'none']) {
      add(world.buffer, sources, `${verify}/-`, verify);
      world.configure({ transfer: RSYNC, endpoint: { verify } });
      await world.runUntilEmpty();
    }
    await checkShipped(world, sources);
  });

  it('that are no UTF-8 are told one by one, also of directories', async () => {
    const script = [
      'cd "$1"; : >"$(printf \'a\\351\')"; : >"$(printf \'a\\352\')"',
      'mkdir "$(printf \'d\\377\')"; : >"$(printf \'d\\377/x\')"',
    ].join('\n');
    execFileSync('bash', ['-c', script, 'sh', world.buffer]);
    const sources: Tree = new Map();
    add(world.buffer, sources, 'good.fits', 'good');
    await world.runUntilEmpty();
    expect(readTree(world.endpointBuffer)).toEqual(sources);
    const skipped = (await records()).filter(({ state }) => state === 'skipped');
    expect(skipped.map(({ filename, reason }) => [filename, reason]).sort()).toEqual([
      ['a\\xe9', 'its name is not UTF-8'],
      ['a\\xea', 'its name is not UTF-8'],
      ['d\\xff', 'a directory whose name is not UTF-8'],
    ]);
  });

  it('of full length can be held twice', async () => {
    const name = 'é'.repeat(127);
    const other = `${name.slice(0, -1)}e`;
    for (const content of ['one', 'two', 'three']) {
      for (const path of [name, other]) writeFileSync(join(world.buffer, path), content);
      await world.runUntilEmpty();
    }
    const held = (await records()).filter(({ state }) => state === 'held');
    expect(held).toHaveLength(6);
    expect(readTree(world.holding).size).toBe(6);
  });
});

describe('a file that may not be read', () => {
  it('holds up no other, whatever the transfer command makes of it', async () => {
    const sources = writeTree(world.buffer, 6, 100, 2);
    const [locked = ''] = [...sources.keys()];
    chmodSync(join(world.buffer, locked), 0o000);
    mkdirSync(join(world.buffer, 'closed'));
    add(world.buffer, new Map(), 'closed/in.fits', 'x');
    chmodSync(join(world.buffer, 'closed'), 0o000);
    if (isRoot) world.prefix = ['setpriv', '--bounding-set', '-dac_override,-dac_read_search'];
    const manager = world.run();
    await until(manager.output, () => readTree(world.holding).size === 5);
    await until('its record says why', async () => {
      const record = await recordOf(locked);
      return record?.state === 'skipped' && record.reason === "can't be read: EACCES";
    });
    expect((await statusOf()).endpoint).toMatchObject({ up: true, condition: 'up' });
    expect(manager.output()).not.toContain('the endpoint does not answer');
    chmodSync(join(world.buffer, 'closed'), 0o755);
    await end(manager);
  });
});

describe('files that are held', () => {
  it('are on record though one of their batch is refused by the holding area', async () => {
    world.configure({ transfer: RSYNC, handoff: { on_conflict: 'fail' } });
    const sources = writeTree(world.buffer, 5, 100, 1);
    const [refused = ''] = [...sources.keys()];
    add(world.holding, new Map(), refused, 'something else');
    const manager = world.run();
    await until('four are recorded as held', async () => {
      return (await records()).filter(({ state }) => state === 'held').length === 4;
    });
    expect((await recordOf(refused))?.state).toBe('transferred');
    // The same after a crash.
    manager.child.kill('SIGKILL');
    await manager.ended;
    rmSync(join(world.holding, refused));
    await world.runUntilEmpty();
    await checkShipped(world, sources);
  });
});

describe('a file that goes away', () => {
  it('is no failure', async () => {
    add(world.buffer, new Map(), 'a.fits', 'a');
    world.configure({
      transfer: 'false {file} {dest}',
      endpoint: { bulk: 'template' },
      general: { retry_limit: 600 },
    });
    const manager = world.run();
    await until('it failed', async () => (await recordOf('a.fits'))?.state === 'failed');
    rmSync(join(world.buffer, 'a.fits'));
    await until('it is gone', async () => (await recordOf('a.fits'))?.state === 'gone');
    const status = await statusOf();
    expect(status.recorded.failed).toBe(0);
    expect(status.failures).toEqual([]);
    await end(manager);
  });
});

describe.runIf(isRoot)('a disk that is full', () => {
  it('here is drained, and is no fault of the endpoint', async () => {
    const disk = fullDisk(world.buffer, '2m');
    try {
      const sources: Tree = new Map();
      for (let index = 0; index < 20; index++) {
        add(world.buffer, sources, `f${index}`, Buffer.alloc(50_000, index));
      }
      disk.fill('filler');
      sources.set('filler', disk.checksumOf('filler'));
      const output = await world.runUntilEmpty();
      expect(output).not.toContain('endpoint does not answer');
      await checkShipped(world, sources);
    } finally {
      disk.release();
    }
  });

  it('there keeps nothing that is complete from its place', async () => {
    rmSync(world.endpointBuffer, { recursive: true });
    const endpoint = join(world.directory, 'endpoint');
    const disk = fullDisk(endpoint, '4m');
    try {
      for (const place of [world.endpointBuffer, world.staging]) {
        mkdirSync(place, { recursive: true });
      }
      const sources: Tree = new Map();
      // More than there is room for.
      for (let index = 0; index < 12; index++) {
        add(world.buffer, sources, `f${index}.fits`, Buffer.alloc(400_000, index));
      }
      const manager = world.run();
      await until(manager.output, () => readTree(world.endpointBuffer).size >= 9);
      disk.fill('endpoint-filler');
      await until('it is told on the right side', async () => {
        const { endpoint: told, local } = await statusOf();
        return told.up === false && /No space/.test(told.error ?? '') && local.error === null;
      });
      disk.remove('endpoint-filler');
      await world.runUntilEmpty().catch(() => {});
      disk.grow('32m');
      await until(manager.output, () => readTree(world.holding).size === 12);
      await end(manager);
      await checkShipped(world, sources);
    } finally {
      disk.release();
    }
  });
});

describe('a file that is still written', () => {
  it('is waited for by our own clock, whatever its times say', async () => {
    world.configure({ transfer: RSYNC, general: { settle: 2, pause: 0.1 } });
    const path = join(world.buffer, 'slow.fits');
    writeFileSync(path, 'a'.repeat(100_000));
    // As a disk does whose clock is a minute behind.
    const past = new Date(Date.now() - 60_000);
    execFileSync('touch', ['-d', past.toISOString(), path]);
    const manager = world.run();
    const parts = 12;
    for (let part = 1; part < parts; part++) {
      const before = statSync(path).size;
      await new Promise((resolve) => setTimeout(resolve, 250));
      writeFileSync(path, 'a'.repeat(100_000), { flag: 'a' });
      execFileSync('touch', ['-d', past.toISOString(), path]);
      expect(statSync(path).size).toBe(before + 100_000);
    }
    await until(manager.output, () => existsSync(join(world.holding, 'slow.fits')));
    await end(manager);
    const held = (await records()).filter(({ state }) => state === 'held');
    expect(held.map(({ size_bytes }) => size_bytes)).toEqual([parts * 100_000]);
  });
});
