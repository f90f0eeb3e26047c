// The manager between two directories of this machine: what it ships, what it leaves, what it never
// overwrites, and what goes on record.

import { execFileSync } from 'node:child_process';
import {
  chmodSync,
  existsSync,
  lstatSync,
  mkdirSync,
  readFileSync,
  rmdirSync,
  symlinkSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import type { FileRecord } from '../../../mockup/core/dbb/file-record.ts';
import { checkShipped, checksum, pathOf, readTree, type Tree } from './checker.ts';
import { add, writeOddTree, writeTree } from './trees.ts';
import { createWorld, until, type World } from './world.ts';

// Whole processes, on a machine that may be busy.
vi.setConfig({ testTimeout: 120_000 });

let world: World;

beforeEach(async () => {
  world = await createWorld();
});

afterEach(() => world.close());

async function recordsOf(path: string): Promise<FileRecord[]> {
  const found = (await world.fileRecords()).filter((record) => pathOf(record) === path);
  return found.sort((a, b) => (a.created_on < b.created_on ? -1 : 1));
}

describe('shipping', () => {
  it.each(['cp -p {file} {dest}', 'cp -p {batch} {dest}', 'rsync -a {file} {dest}/'])(
    'ships everything with %s, and leaves nothing of its own behind',
    async (transfer) => {
      world.configure({ transfer });
      const sources = writeTree(world.buffer, 40, 500);
      add(world.buffer, sources, 'empty', '');
      await world.runUntilEmpty();
      await checkShipped(world, sources);
      expect(existsSync(join(world.buffer, '.hdfmgr'))).toBe(false);
      expect(execFileSync('find', [world.staging], { encoding: 'utf8' }).trim()).toBe(
        world.staging,
      );
    },
  );

  it.each(['cp -p {file} {dest}', 'rsync -a {file} {dest}/'])(
    'ships files of any name with %s, and calls all well afterwards',
    async (transfer) => {
      world.configure({ transfer, endpoint: { verify: 'checksum' } });
      const sources = writeOddTree(world.buffer, 60);
      await world.runUntilEmpty();
      await checkShipped(world, sources);
      const { code, output } = await world.command('check', '--checksum', world.configuration);
      expect(code, output).toBe(0);
      expect(output).toMatch(/^60 held, 0 open, 0 lost, 0 changed, 0 dark, 0 unseen, 60 there$/m);
    },
    240_000,
  );

  it('verifies more files of a batch than one command can name', async () => {
    world.configure({ transfer: 'rsync -a {file} {dest}/', endpoint: { verify: 'checksum' } });
    const sources = writeTree(world.buffer, 1500, 10, 1);
    await world.runUntilEmpty();
    await checkShipped(world, sources);
  });

  it('ships what is renamed into the buffer while it runs', async () => {
    world.configure({ general: { pause: 60 } });
    const manager = world.run();
    await manager.said(/buffer scanned/);
    const sources: Tree = new Map();
    const outside = join(world.directory, 'incoming');
    add(outside, new Map(), 'new/deep/a.fits', 'one');
    sources.set('new/deep/a.fits', checksum('one'));
    execFileSync('mv', [join(outside, 'new'), world.buffer]);
    await until('the file is held', () => existsSync(join(world.holding, 'new/deep/a.fits')));
    // A directory that was made while it runs is watched as well.
    add(outside, new Map(), 'b.fits', 'two');
    sources.set('new/deep/b.fits', checksum('two'));
    execFileSync('mv', [join(outside, 'b.fits'), join(world.buffer, 'new/deep/b.fits')]);
    await until('the next one is held', () => readTree(world.holding).size === 2);
    manager.child.kill('SIGTERM');
    expect(await manager.ended).toBe(0);
    await checkShipped(world, sources);
  });

  it('keeps its journals elsewhere where it is told to, and leaves nothing there either', async () => {
    const state = join(world.directory, 'state');
    world.configure({ handoff: { state } });
    const sources = writeTree(world.buffer, 5, 100);
    await world.runUntilEmpty();
    await checkShipped(world, sources);
    expect(existsSync(state)).toBe(false);
    expect(existsSync(join(world.buffer, '.hdfmgr'))).toBe(false);
  });

  it('goes on where its own status can not be written', async () => {
    const state = join(world.directory, 'state');
    const inTheWay = join(state, 'status.json.new');
    mkdirSync(inTheWay, { recursive: true });
    world.configure({ handoff: { state } });
    const sources = writeTree(world.buffer, 3, 100);
    const manager = world.run();
    await manager.said(/status can’t be written/);
    await until(manager.output, () => readTree(world.holding).size === 3);
    rmdirSync(inTheWay);
    manager.child.kill('SIGTERM');
    expect(await manager.ended, manager.output()).toBe(0);
    expect(readTree(world.endpointBuffer)).toEqual(sources);
  });

  it('leaves out what is excluded', async () => {
    world.configure({ general: { exclude_list: ['\\.tmp$', '(?i)^SECRET/'] } });
    const sources: Tree = new Map();
    add(world.buffer, sources, 'a.fits', 'a');
    add(world.buffer, new Map(), 'a.tmp', 'not yet');
    add(world.buffer, new Map(), 'secret/b.fits', 'never');
    await world.runUntilEmpty();
    expect(readTree(world.holding)).toEqual(sources);
    expect([...readTree(world.buffer).keys()].sort()).toEqual(['a.tmp', 'secret/b.fits']);
  });

  it('skips with a reason what is no file', async () => {
    const sources: Tree = new Map();
    add(world.buffer, sources, 'a.fits', 'a');
    execFileSync('mkfifo', [join(world.buffer, 'fifo')]);
    symlinkSync('/etc/passwd', join(world.buffer, 'out'));
    symlinkSync('a.fits', join(world.buffer, 'in'));
    symlinkSync('/tmp', join(world.buffer, 'directory'));
    await world.runUntilEmpty();
    expect(readTree(world.endpointBuffer)).toEqual(sources);
    const skipped = (await world.fileRecords()).filter(({ state }) => state === 'skipped');
    const reasons = Object.fromEntries(skipped.map((one) => [one.filename, one.reason]));
    expect(reasons).toEqual({
      fifo: 'a FIFO',
      out: 'a link out of the buffer',
      directory: 'a link out of the buffer',
      in: 'a link (the file that it names is shipped under its own name)',
    });
    expect(lstatSync(join(world.buffer, 'fifo')).isFIFO()).toBe(true);
  });

  it('skips what it may not read, says why, and ships it when it may', async () => {
    const sources = writeTree(world.buffer, 6, 100, 2);
    const [locked = ''] = [...sources.keys()].filter((path) => path.endsWith('f3.fits'));
    chmodSync(join(world.buffer, locked), 0o000);
    if (process.getuid?.() === 0) {
      // Root may read everything, unless it gives that up.
      world.prefix = ['setpriv', '--bounding-set', '-dac_override,-dac_read_search'];
    }
    const manager = world.run();
    await until(manager.output, () => readTree(world.holding).size === 5);
    await until("the file's record says why", async () => {
      const records = await world.fileRecords();
      return records.some(({ reason }) => reason === "can't be read: EACCES");
    });
    await until('the status says so', async () => {
      const { output } = await world.command('status', world.configuration);
      return output.includes("can't be read: EACCES");
    });
    chmodSync(join(world.buffer, locked), 0o644);
    await until(manager.output, () => readTree(world.holding).size === 6);
    manager.child.kill('SIGTERM');
    expect(await manager.ended, manager.output()).toBe(0);
    expect(readTree(world.endpointBuffer)).toEqual(sources);
  });

  it('removes old empty directories from the buffer, and no others', async () => {
    world.configure({ general: { expiration_time: 100 } });
    const old = Date.now() / 1000 - 1000;
    for (const name of ['old/inner', 'old-with-file', 'new']) {
      mkdirSync(join(world.buffer, name), { recursive: true });
    }
    execFileSync('mkfifo', [join(world.buffer, 'old-with-file/fifo')]);
    for (const name of ['old/inner', 'old', 'old-with-file']) {
      utimesSync(join(world.buffer, name), old, old);
    }
    world.configure({ general: { expiration_time: 4 } });
    const manager = world.run();
    await until('the old directory is gone', () => !existsSync(join(world.buffer, 'old/inner')));
    manager.child.kill('SIGTERM');
    await manager.ended;
    expect(existsSync(join(world.buffer, 'old-with-file'))).toBe(true);
  });
});

describe('the holding area', () => {
  async function shipTwice(): Promise<void> {
    add(world.buffer, new Map(), 'd/a.fits', 'first');
    await world.runUntilEmpty();
    add(world.buffer, new Map(), 'd/a.fits', 'second');
  }

  it('keeps both contents of a name that comes again', async () => {
    await shipTwice();
    await world.runUntilEmpty();
    expect(readFileSync(join(world.holding, 'd/a.fits'), 'utf8')).toBe('first');
    expect(readFileSync(join(world.holding, 'd/a.fits.~2~'), 'utf8')).toBe('second');
    expect(readFileSync(join(world.endpointBuffer, 'd/a.fits'), 'utf8')).toBe('second');
    const records = await recordsOf('d/a.fits');
    expect(records.map(({ state, held_as }) => [state, held_as])).toEqual([
      ['held', undefined],
      ['held', 'd/a.fits.~2~'],
    ]);
    add(world.buffer, new Map(), 'd/a.fits@night', 'another file');
    await world.runUntilEmpty();
    const { output } = await world.command('history', world.configuration, 'd/a.fits');
    expect(output).toMatch(/version 1: held.*version 2: held.*d\/a\.fits\.~2~/s);
    expect(output).not.toContain('version 3');
  });

  it('replaces where it is told to', async () => {
    world.configure({ handoff: { on_conflict: 'replace' } });
    await shipTwice();
    await world.runUntilEmpty();
    expect(readTree(world.holding)).toEqual(new Map([['d/a.fits', checksum('second')]]));
  });

  it('leaves the file in the buffer where it is told to fail, and sends it only once', async () => {
    world.configure({ handoff: { on_conflict: 'fail' } });
    await shipTwice();
    const manager = world.run();
    await manager.said(/file stays in the buffer/);
    expect(readFileSync(join(world.holding, 'd/a.fits'), 'utf8')).toBe('first');
    expect(readFileSync(join(world.buffer, 'd/a.fits'), 'utf8')).toBe('second');
    // Somebody makes room: it is moved without being sent again.
    execFileSync('mv', [join(world.holding, 'd/a.fits'), join(world.directory, 'aside')]);
    await until('it is held', () => existsSync(join(world.holding, 'd/a.fits')));
    manager.child.kill('SIGTERM');
    await manager.ended;
    expect(readFileSync(join(world.holding, 'd/a.fits'), 'utf8')).toBe('second');
    expect(await world.batchRecords()).toHaveLength(2);
  });

  it('holds the same content under the same name once', async () => {
    add(world.buffer, new Map(), 'a.fits', 'same');
    await world.runUntilEmpty();
    add(world.buffer, new Map(), 'a.fits', 'same');
    await world.runUntilEmpty();
    expect([...readTree(world.holding).keys()]).toEqual(['a.fits']);
    expect((await recordsOf('a.fits')).map(({ state }) => state)).toEqual(['held', 'held']);
  });
});

describe('one manager per buffer', () => {
  it('refuses a second one and names the first; takes over from a dead one', async () => {
    const first = world.run();
    await first.said(/buffer scanned/);
    const second = world.run();
    expect(await second.ended).toBe(1);
    expect(second.output()).toContain(`process ${first.child.pid} on `);
    first.child.kill('SIGKILL');
    await first.ended;
    const sources = writeTree(world.buffer, 3, 10);
    await world.runUntilEmpty();
    await checkShipped(world, sources);
  });
});

describe('the commands', () => {
  it('make and drop the databases, and validate', async () => {
    expect((await world.command('initdb', world.configuration)).code).toBe(0);
    expect(await world.server.names()).toContain('handoff-files');
    expect(await world.command('validate', world.configuration)).toMatchObject({ code: 0 });
    expect((await world.command('dropdb', world.configuration)).code).toBe(0);
    expect(await world.server.names()).not.toContain('handoff-files');
  });

  it('refuse a bad configuration with a line for each problem that names key and expectation', async () => {
    const text = readFileSync(world.configuration, 'utf8');
    const bad = text.replace('pause:', 'paws:').replace('retry_limit: 1', 'retry_limit: soon');
    writeFileSync(world.configuration, bad);
    const { code, output } = await world.command('validate', world.configuration);
    expect(code).toBe(2);
    expect(output.trim().split('\n')).toHaveLength(2);
    expect(output).toMatch(/config\.yaml: general\.paws: expected one of the keys .*pause.*\n/);
    expect(output).toMatch(/config\.yaml: general\.retry_limit: expected seconds; got "soon"\n/);
  });

  it('tell the status of a running and of a stopped manager', async () => {
    world.configure({ remote: 'false {command}' });
    writeTree(world.buffer, 5, 100);
    const manager = world.run();
    await manager.said(/the endpoint/);
    await until('five files are queued', async () => {
      const { output } = await world.command('status', '--json', world.configuration);
      const status = JSON.parse(output);
      return status.running && status.queued.files === 5 && status.endpoint.up === false;
    });
    const { output } = await world.command('status', world.configuration);
    expect(output).toMatch(/queued +5 files/);
    expect(output).toMatch(/endpoint +refusing: .*exit code 1/);
    manager.child.kill('SIGTERM');
    await manager.ended;
    const after = await world.command('status', '--json', world.configuration);
    expect(JSON.parse(after.output)).toMatchObject({ running: false });
  });
});
