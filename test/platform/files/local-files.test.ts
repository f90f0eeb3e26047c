import { spawnSync } from 'node:child_process';
import { chmod, mkdtemp, readdir, readlink, rm, stat, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { temporaryPath } from '../../../mockup/platform/files/durable.ts';
import { createLocalFiles, toFileError } from '../../../mockup/platform/files/local-files.ts';

const files = createLocalFiles();
let root: string;

beforeEach(async () => {
  root = await mkdtemp(join(tmpdir(), 'draws-local-files-'));
});
afterEach(() => rm(root, { recursive: true, force: true }));

it('never follows a symbolic link: it is something else', async () => {
  await files.write(`${root}/outside/secret`, 'x');
  await symlink(`${root}/outside`, `${root}/link`);
  expect(await files.stat(`${root}/link`)).toEqual({ name: 'link', kind: 'other', size_bytes: 0 });
  await files.remove(`${root}/link`);
  expect(await files.stat(`${root}/outside/secret`)).toBeDefined();
});

it('copies links as they are', async () => {
  await files.write(`${root}/from/file`, 'x');
  await symlink('file', `${root}/from/link`);
  await files.copy(`${root}/from`, `${root}/to`);
  expect(await readlink(`${root}/to/link`)).toBe('file');
});

it('keeps what a crash left behind out of lists and copies', async () => {
  await files.write(`${root}/dir/file`, 'x');
  await writeFile(`${root}/dir/.part-0123456789abcdef`, 'half');
  await files.copy(`${root}/dir`, `${root}/copy`);
  expect((await files.list(`${root}/dir`)).map((entry) => entry.name)).toEqual(['file']);
  expect(await readdir(`${root}/copy`)).toEqual(['file']);
});

it('removes half copies of processes that are gone, and leaves those of others', async () => {
  const durable = join(import.meta.dirname, '../../../mockup/platform/files/durable.ts');
  const script = `import { mkdirSync } from 'node:fs';
    const { temporaryPath } = await import(${JSON.stringify(durable)});
    mkdirSync(temporaryPath('${root}/cache/run') + '/products', { recursive: true });
    process.kill(process.pid, 'SIGKILL');`;
  const { signal } = spawnSync(process.execPath, ['--input-type=module', '-e', script]);
  expect(signal).toBe('SIGKILL');
  expect(await readdir(`${root}/cache`)).toHaveLength(1);
  const living = basename(temporaryPath(`${root}/cache/run`));
  const foreign = '.part-0123456789abcdef';
  for (const name of [living, foreign]) await files.makeDirectory(`${root}/cache/${name}`);
  await files.write(`${root}/run/file`, 'x');
  await files.copy(`${root}/run`, `${root}/cache/run`);
  expect((await readdir(`${root}/cache`)).sort()).toEqual([foreign, living, 'run'].sort());
});

it('keeps the mode of a copied file', async () => {
  await files.write(`${root}/script`, '#!/bin/sh');
  await chmod(`${root}/script`, 0o755);
  await files.copy(`${root}/script`, `${root}/copy`);
  expect((await stat(`${root}/copy`)).mode & 0o777).toBe(0o755);
});

it('says that a disk is full, with a hint', () => {
  const cause = Object.assign(new Error('ENOSPC: no space left'), { code: 'ENOSPC' });
  const error = toFileError('write', '/data/x', cause);
  expect(error).toMatchObject({
    code: 'disk_full',
    retriable: true,
    hint: 'make room on the disk',
  });
  expect(error.message).toContain('/data/x');
});

it('says file_failed for a path that no system takes', async () => {
  await expect(files.read(`${root}/a\0b`)).rejects.toMatchObject({ code: 'file_failed' });
  await expect(files.write(`${root}/${'x'.repeat(300)}`, '')).rejects.toMatchObject({
    code: 'file_failed',
  });
  expect(await readdir(root)).toEqual([]);
});
