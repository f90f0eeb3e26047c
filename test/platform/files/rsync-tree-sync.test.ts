import { existsSync, readdirSync, watch } from 'node:fs';
import {
  chmod,
  mkdir,
  mkdtemp,
  readdir,
  readFile,
  rm,
  stat,
  symlink,
  writeFile,
} from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { rsyncFailure } from '../../../mockup/platform/files/rsync-failure.ts';
import { createRsyncTreeSync } from '../../../mockup/platform/files/rsync-tree-sync.ts';
import { silentLogger } from '../../../mockup/platform/log/logger.ts';

let root: string;

beforeEach(async () => {
  root = await mkdtemp(join(tmpdir(), 'draws-rsync-unit-'));
  await mkdir(`${root}/eu/run`, { recursive: true });
  await writeFile(`${root}/eu/run/file`, 'content');
});
afterEach(() => rm(root, { recursive: true, force: true }));

async function script(name: string, body: string): Promise<string> {
  await writeFile(`${root}/${name}`, `#!/bin/sh\n${body}\n`);
  await chmod(`${root}/${name}`, 0o755);
  return `${root}/${name}`;
}

it('leaves nothing behind where another pull of the same directory was first', async () => {
  await mkdir(`${root}/jao`);
  const rsync = await script(
    'rsync',
    `rsync "$@"; [ -e ${root}/jao/run ] || cp -r ${root}/eu/run ${root}/jao/run`,
  );
  const treeSync = createRsyncTreeSync({ log: silentLogger, rsync });
  const pull = () => treeSync.pull(`${root}/eu`, 'run', `${root}/jao`);
  await expect(pull()).rejects.toMatchObject({ retriable: true });
  await pull();
  expect(await readdir(`${root}/jao`)).toEqual(['run']);
});

it('brings no setuid, setgid or sticky bits, and nothing that is half written', async () => {
  await writeFile(`${root}/eu/run/.part-0123456789abcdef`, 'half');
  await chmod(`${root}/eu/run/file`, 0o6755);
  await chmod(`${root}/eu/run`, 0o3775);
  const treeSync = createRsyncTreeSync({ log: silentLogger });
  await treeSync.pull(`${root}/eu`, 'run', `${root}/jao`);
  // Also with the remains of a killed process beside what is there already.
  await treeSync.pull(`${root}/eu`, 'run', `${root}/jao`);
  expect(await readdir(`${root}/jao/run`)).toEqual(['file']);
  const special = async (path: string) => (await stat(path)).mode & 0o7000;
  expect(await special(`${root}/jao/run/file`)).toBe(0);
  expect(await special(`${root}/jao/run`)).toBe(0);
});

it('says to install rsync where there is none', async () => {
  const treeSync = createRsyncTreeSync({ log: silentLogger, rsync: `${root}/no-rsync` });
  await expect(treeSync.pull(`${root}/eu`, 'run', `${root}/jao`)).rejects.toMatchObject({
    code: 'tree_sync_failed',
    retriable: false,
    hint: 'install rsync',
  });
});

it('says to install ssh where the remote shell is missing', async () => {
  const treeSync = createRsyncTreeSync({ log: silentLogger, rsh: `${root}/no-ssh` });
  await expect(treeSync.pull('u@h:/data', 'run', `${root}/jao`)).rejects.toMatchObject({
    retriable: false,
    hint: expect.stringContaining('install ssh'),
  });
});

it.each([
  ['u@h: Permission denied (publickey).', false, 'ssh key refused'],
  ['Host key verification failed.', false, 'connect once by hand'],
  ['ssh: connect to host h port 22: Connection refused', true, 'is the other host up'],
  ['ssh: Could not resolve hostname h: Name or service not known', true, 'host name'],
])('tells what ssh said: %s', async (said, retriable, hint) => {
  const rsh = await script('rsh', `echo '${said}' >&2; exit 255`);
  const treeSync = createRsyncTreeSync({ log: silentLogger, rsh });
  await expect(treeSync.pull('u@h:/data', 'run', `${root}/jao`)).rejects.toMatchObject({
    retriable,
    hint: expect.stringContaining(hint),
    message: expect.stringContaining(said),
  });
});

it('tells that rsync is missing on the other host', async () => {
  const rsh = await script('rsh', "echo 'bash: line 1: rsync: command not found' >&2; exit 127");
  const treeSync = createRsyncTreeSync({ log: silentLogger, rsh });
  await expect(treeSync.pull('u@h:/data', 'run', `${root}/jao`)).rejects.toMatchObject({
    retriable: false,
    hint: 'install rsync on the other host',
  });
});

it('gives ssh the user and host, never a shell of this side', async () => {
  const rsh = await script('rsh', `printf '%s\\n' "$@" > ${root}/arguments; exit 255`);
  const treeSync = createRsyncTreeSync({ log: silentLogger, rsh });
  const source = `u@h:/data/$(touch ${root}/injected)`;
  await expect(treeSync.pull(source, 'run;id', `${root}/jao`)).rejects.toMatchObject({
    retriable: true,
  });
  expect((await readFile(`${root}/arguments`, 'utf8')).split('\n').slice(0, 3)).toEqual([
    '-l',
    'u',
    'h',
  ]);
  expect(existsSync(`${root}/injected`)).toBe(false);
});

it.each([
  ['u@h:/data', '*'],
  ['u@h:/data', 'a[b]'],
  ['-oProxyCommand=x:/data', 'run'],
  ['', 'run'],
])('refuses %j %j before anything runs', async (source, name) => {
  const rsync = await script('rsync', `touch ${root}/ran`);
  const treeSync = createRsyncTreeSync({ log: silentLogger, rsync });
  await expect(treeSync.pull(source, name, `${root}/jao`)).rejects.toMatchObject({
    code: 'tree_sync_failed',
    retriable: false,
  });
  expect(existsSync(`${root}/ran`)).toBe(false);
});

it('shows a new directory only when all of it has arrived', async () => {
  for (let i = 0; i < 40; i++) await writeFile(`${root}/eu/run/file-${i}`, 'x'.repeat(10_000));
  await mkdir(`${root}/jao`);
  const seen: number[] = [];
  const watcher = watch(`${root}/jao`, () => {
    if (existsSync(`${root}/jao/run`)) {
      seen.push(readdirSync(`${root}/jao/run`).length);
    }
  });
  try {
    await createRsyncTreeSync({ log: silentLogger }).pull(`${root}/eu`, 'run', `${root}/jao`);
    await expect.poll(() => seen.length).toBeGreaterThan(0);
  } finally {
    watcher.close();
  }
  expect(new Set(seen)).toEqual(new Set([41]));
  expect(await readdir(`${root}/jao`)).toEqual(['run']);
});

it('ends rsync when it is aborted, and goes on later', async () => {
  const started = `${root}/started`;
  const rsync = await script('slow', `touch ${started}; exec sleep 600`);
  const controller = new AbortController();
  const slow = createRsyncTreeSync({ log: silentLogger, rsync });
  const work = slow.pull(`${root}/eu`, 'run', `${root}/jao`, controller.signal);
  const ended = expect(work).rejects.toThrow('stopping');
  await expect.poll(() => existsSync(started)).toBe(true);
  controller.abort(new Error('stopping'));
  await ended;
  await createRsyncTreeSync({ log: silentLogger }).pull(`${root}/eu`, 'run', `${root}/jao`);
  expect(await readFile(`${root}/jao/run/file`, 'utf8')).toBe('content');
  expect(await readdir(`${root}/jao`)).toEqual(['run']);
});

it('does not bring links that lead out of the directory', async () => {
  await symlink('/etc', `${root}/eu/run/out`);
  await symlink('file', `${root}/eu/run/in`);
  await createRsyncTreeSync({ log: silentLogger }).pull(`${root}/eu`, 'run', `${root}/jao`);
  expect((await readdir(`${root}/jao/run`)).sort()).toEqual(['file', 'in']);
});

describe('exit codes', () => {
  const from = 'eu:/data/run';
  it.each([
    [1, false],
    [2, false],
    [5, true],
    [10, true],
    [11, true],
    [12, true],
    [23, true],
    [24, true],
    [30, true],
    [35, true],
    [255, true],
  ])('%i: can be retried: %s', (exitCode, retriable) => {
    const error = rsyncFailure({ exitCode, signal: undefined, stderr: '', from });
    expect(error.retriable).toBe(retriable);
    expect(error.message).toBe(`rsync of eu:/data/run failed: exit code ${exitCode}`);
  });

  it('gives the reason, not the closing line', () => {
    const stderr = [
      'rsync: [sender] link_stat "/data/run" failed: No such file or directory (2)',
      'rsync error: some files/attrs were not transferred (code 23) at main.c(1338)',
      '',
    ].join('\n');
    const error = rsyncFailure({ exitCode: 23, signal: undefined, stderr, from });
    expect(error.message).toContain('link_stat "/data/run" failed');
    expect(error).toMatchObject({ retriable: true, hint: 'not there at the source (yet?)' });
  });

  it('can be retried after a signal', () => {
    const error = rsyncFailure({ exitCode: undefined, signal: 'SIGKILL', stderr: '', from });
    expect(error).toMatchObject({ retriable: true, message: expect.stringContaining('SIGKILL') });
  });
});
