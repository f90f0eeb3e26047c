// Adapters below the manager: the lock, the log, the tree watch, commands, the state directory.

import { execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { hostname, tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type TreeWatch, watchTree } from '../../../../mockup/dbb/files/watch-tree.ts';
import { createAppendLogs } from '../../../../mockup/dbb/holding/append-logs.ts';
import { lockDirectory, lockHolder } from '../../../../mockup/dbb/holding/directory-lock.ts';
import { createFileWork } from '../../../../mockup/dbb/holding/file-work-threads.ts';
import { openStateDirectory } from '../../../../mockup/dbb/holding/state-directory.ts';
import { formatLine } from '../../../../mockup/dbb/log/line-format.ts';
import { openRotatingFile } from '../../../../mockup/dbb/log/rotating-file.ts';
import { describeResult } from '../../../../mockup/dbb/remote/command-runner.ts';
import { createSystemCommands } from '../../../../mockup/dbb/remote/system-commands.ts';
import { machineIdentity } from '../../../../mockup/platform/process/machine-identity.ts';
import { checksum } from '../checker.ts';
import { until } from '../world.ts';

let directory: string;

beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'hdfmgr-platform-'));
});

afterEach(() => rmSync(directory, { recursive: true, force: true }));

describe('the lock of a directory', () => {
  const lock = (now_ms = Date.now()) =>
    lockDirectory({
      path: join(directory, 'lock'),
      what: 'a test',
      now_ms: () => now_ms,
      started: 'now',
    });
  const writeHolder = (holder: object): void =>
    writeFileSync(
      join(directory, 'lock'),
      JSON.stringify({ started: 'then', what: '', ...holder }),
    );

  it('is given back, and renewed meanwhile', () => {
    const held = lock();
    expect(lockHolder(join(directory, 'lock'), Date.now())?.pid).toBe(process.pid);
    held.renew();
    held.release();
    expect(readdirSync(directory)).toEqual([]);
  });

  it('of a living process is respected, and named', async () => {
    const other = spawn('sleep', ['60']);
    writeHolder({ pid: other.pid, host: 'here', machine: machineIdentity() });
    expect(() => lock()).toThrow(`process ${other.pid} on here`);
    other.kill('SIGKILL');
    await once(other, 'exit');
    lock().release();
  });

  it('of another machine is taken over only after a long silence', () => {
    writeHolder({ pid: 1, host: 'elsewhere', machine: 'other' });
    expect(() => lock()).toThrow('elsewhere');
    const old = Date.now() / 1000 - 60;
    utimesSync(join(directory, 'lock'), old, old);
    const held = lock();
    // Somebody else takes it: the holder learns that.
    writeHolder({ pid: 2, host: hostname(), machine: 'third' });
    expect(() => held.renew()).toThrow(/was taken/);
    held.release();
    expect(existsSync(join(directory, 'lock'))).toBe(true);
  });
});

describe('a watched tree', () => {
  let watch: TreeWatch;
  afterEach(() => watch.stop());

  it('tells what appears, changes and vanishes, long before the next scan', async () => {
    const found = new Map<string, number>();
    const gone: string[] = [];
    let scans = 0;
    mkdirSync(join(directory, 'd'));
    writeFileSync(join(directory, 'd/old'), '1');
    watch = watchTree({
      root: directory,
      exclude: ['\\.tmp$'],
      pause_ms: 3_600_000,
      onChanges: (changes) => {
        for (const { path, size_bytes } of changes.found) found.set(path, size_bytes);
        gone.push(...changes.gone);
      },
      onScanned: () => scans++,
      onError: (error) => {
        throw error;
      },
    });
    await until('the first scan', () => scans === 1);
    expect([...found.keys()]).toEqual(['d/old']);
    writeFileSync(join(directory, 'd/new'), '22');
    writeFileSync(join(directory, 'd/x.tmp'), '');
    await until('a new file', () => found.get('d/new') === 2);
    writeFileSync(join(directory, 'd/new'), '333');
    await until('a change', () => found.get('d/new') === 3);
    execFileSync('mkdir', ['-p', join(directory, 'e/f/g')]);
    writeFileSync(join(directory, 'e/f/g/deep'), '4');
    await until('a file in new directories', () => found.has('e/f/g/deep'));
    rmSync(join(directory, 'd/old'));
    await until('a removed file', () => gone.includes('d/old'));
    rmSync(join(directory, 'e'), { recursive: true });
    mkdirSync(join(directory, 'e'));
    await until('a removed tree', () => {
      watch.scanNow();
      return gone.includes('e/f/g/deep');
    });
    writeFileSync(join(directory, 'e/again'), '5');
    await until('a file in a directory made again', () => found.has('e/again'));
    expect(found.has('d/x.tmp')).toBe(false);
  });
});

describe('a watch whose thread died', () => {
  it('is begun anew, and tells all there is', async () => {
    // What can't be an expression ends the thread.
    const exclude = ['('];
    const errors: Error[] = [];
    const found: string[] = [];
    writeFileSync(join(directory, 'a'), '1');
    const watch = watchTree({
      ...{ root: directory, exclude, pause_ms: 10 },
      onChanges: (changes) => found.push(...changes.found.map(({ path }) => path)),
      onScanned: () => {},
      onError: (error) => errors.push(error),
    });
    try {
      await until('it died', () => errors.length > 0);
      exclude.pop();
      await until('the file is found', () => found.includes('a'));
    } finally {
      await watch.stop();
    }
  });
});

describe('work on files in threads', () => {
  it('sums as b2sum does, and tells what it could not read', async () => {
    const work = createFileWork({ checksumThreads: 2 });
    try {
      const big = Buffer.alloc(3_000_001, 'x');
      writeFileSync(join(directory, 'big'), big);
      writeFileSync(join(directory, 'empty'), '');
      const sums = await work.checksums(directory, ['big', 'missing', 'empty']);
      expect(sums).toEqual([
        { checksum: checksum(big) },
        { code: 'ENOENT' },
        { checksum: checksum('') },
      ]);
      const outside = mkdtempSync(join(tmpdir(), 'hdfmgr-outside-'));
      writeFileSync(join(outside, 'secret'), '');
      symlinkSync(outside, join(directory, 'd'));
      expect(await work.lookAt(directory, ['d/secret', 'no/such'])).toEqual([{}, {}]);
      rmSync(outside, { recursive: true });
      const [there, missing] = await work.lookAt(directory, ['big', 'missing']);
      expect(there?.version).toMatchObject({ path: 'big', size_bytes: big.length });
      expect(missing).toEqual({});
    } finally {
      await work.close();
    }
  });
});

describe('commands', () => {
  it('tell how they ended, and are ended with all they started', async () => {
    const commands = createSystemCommands();
    const good = await commands.run({ argv: ['cat'], input: 'text' });
    expect(good).toMatchObject({ exitCode: 0, stdout: 'text' });
    const bad = await commands.run({ argv: ['sh', '-c', 'echo trouble >&2; exit 3'] });
    expect(describeResult(bad)).toBe('trouble (exit code 3)');
    const missing = await commands.run({ argv: [join(directory, 'missing')] });
    expect(describeResult(missing)).toBe('no such program');
    const hanging = await commands.run({
      argv: ['sh', '-c', 'sleep 600 & sleep 600'],
      timeout_ms: 100,
    });
    expect(hanging.timedOut).toBe(true);
    const daemon = await commands.run({ argv: ['sh', '-c', 'sleep 5 & echo started'] });
    expect(daemon).toMatchObject({ exitCode: 0, stdout: 'started\n' });
    await commands.close(0);
  });
});

describe('what survives a crash', () => {
  it('is read again without a line that was cut off', async () => {
    const logs = createAppendLogs(join(directory, 'journal'));
    const log = await logs.open('one', [{ first: 1 }]);
    await log.append([{ second: 2 }, { third: '\n' }], { flush: true });
    await log.close();
    const path = join(directory, 'journal/one.jsonl');
    writeFileSync(path, `${readFileSync(path, 'utf8')}{"cut`);
    expect(logs.names()).toEqual(['one']);
    expect(logs.read('one')).toEqual([{ first: 1 }, { second: 2 }, { third: '\n' }]);
    const again = await logs.open('one', [{ fourth: 4 }]);
    await again.close();
    expect(logs.read('one').at(-1)).toEqual({ fourth: 4 });
    logs.remove('one');
    expect(logs.names()).toEqual([]);
  });

  it('is not shared by two managers', () => {
    const path = join(directory, 'state');
    openStateDirectory(path, 'abc', { owner: '/data/one' });
    expect(openStateDirectory(path, 'def', { owner: '/data/one' }).id).toBe('abc');
    expect(() => openStateDirectory(path, 'def', { owner: '/data/two' })).toThrow('/data/one');
    openStateDirectory(path, 'def', { owner: '/data/one' }).clear();
    expect(openStateDirectory(path, 'def', { owner: '/data/two' }).id).toBe('def');
  });

  it('keeps the manager its name until nothing is left', () => {
    const path = join(directory, 'state');
    expect(openStateDirectory(path, 'abc').id).toBe('abc');
    const again = openStateDirectory(path, 'def');
    expect(again.id).toBe('abc');
    mkdirSync(join(path, 'journal'));
    writeFileSync(join(path, 'journal/x'), '');
    expect(again.clear()).toBe(false);
    expect(openStateDirectory(path, 'def').id).toBe('abc');
    rmSync(join(path, 'journal/x'));
    expect(again.clear()).toBe(true);
    expect(readdirSync(path)).toEqual([]);
  });
});

describe('the log', () => {
  it('is written in a format of Python’s logging', () => {
    const line = JSON.stringify({
      level: 40,
      time: '2026-11-22T05:51:50.501Z',
      pid: 12,
      name: 'hdfmgr',
      path: 'a b',
      msg: 'skipped',
    });
    const format = '%(asctime)s:%(name)s:%(levelname)-8s:%(process)d:%(message)s 100%%';
    expect(formatLine(format, line)).toBe(
      '2026-11-22 05:51:50,501:hdfmgr:WARNING :12:skipped path=a b 100%\n',
    );
  });

  it('costs nobody his life where the disk is full, or a directory in the way', () => {
    const full = openRotatingFile('/dev/full');
    full.write('a line\n');
    full.close();
    const path = join(directory, 'a.log');
    const file = openRotatingFile(path, { by: 'size', bytes_max: 10, backups: 1 });
    mkdirSync(`${path}.1`);
    for (const text of ['aaaaaaa\n', 'bbbbbbb\n']) file.write(text);
    file.close();
    expect(readFileSync(path, 'utf8')).toBe('aaaaaaa\nbbbbbbb\n');
  });

  it('is rotated by size', () => {
    const path = join(directory, 'logs/a.log');
    const file = openRotatingFile(path, { by: 'size', bytes_max: 10, backups: 2 });
    for (const text of ['aaaaaaa\n', 'bbbbbbb\n', 'ccccccc\n', 'ddddddd\n']) file.write(text);
    file.close();
    expect(readdirSync(join(directory, 'logs')).sort()).toEqual(['a.log', 'a.log.1', 'a.log.2']);
    expect(readFileSync(`${path}.2`, 'utf8')).toBe('bbbbbbb\n');
  });
});
