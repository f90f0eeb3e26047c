// Moving to the holding area: it never overwrites, never takes what was not sent, and is completed
// by the same call after a crash at any of its steps.

import { execFileSync } from 'node:child_process';
import {
  chmodSync,
  existsSync,
  linkSync,
  lstatSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  renameSync,
  rmSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { FileVersion } from '../../../../mockup/core/dbb/file-version.ts';
import { versionOf } from '../../../../mockup/dbb/files/scan-tree.ts';
import { type HoldOptions, holdFile } from '../../../../mockup/dbb/holding/held-files.ts';

let directory: string;
let options: HoldOptions;

beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'hdfmgr-hold-'));
  const place = (name: string): string => {
    mkdirSync(join(directory, name));
    return join(directory, name);
  };
  options = {
    buffer: place('buffer'),
    holding: place('holding'),
    taken: place('taken'),
    onConflict: 'version',
    keepFree_bytes: 0,
  };
});

afterEach(() => rmSync(directory, { recursive: true }));

const source = (): string => join(options.buffer, 'd/a');
const held = (name = 'd/a'): string => join(options.holding, name);

function write(content: string): FileVersion {
  mkdirSync(join(options.buffer, 'd'), { recursive: true });
  writeFileSync(source(), content);
  return versionOf('d/a', lstatSync(source()));
}

const hold = (version: FileVersion) => holdFile(options, { key: 'k', version });

/** Root may write to what is read-only, unless it gives that up. */
function holdWithoutPrivileges(version: FileVersion): unknown {
  const held_ = join(import.meta.dirname, '../../../../mockup/dbb/holding/held-files.ts');
  const call = JSON.stringify([options, { key: 'k', version }]);
  const script = `import(${JSON.stringify(held_)}).then(({ holdFile }) =>
    console.log(JSON.stringify(holdFile(...${call}))));`;
  const node = [process.execPath, '--eval', script];
  const drop = ['setpriv', '--bounding-set', '-dac_override,-dac_read_search'];
  const [file = '', ...args] = process.getuid?.() === 0 ? [...drop, ...node] : node;
  return JSON.parse(execFileSync(file, args, { encoding: 'utf8' }));
}

describe('holding a file', () => {
  it('moves it, with the directories that it is in', () => {
    expect(hold(write('x'))).toEqual({ outcome: 'held', as: 'd/a' });
    expect(readFileSync(held(), 'utf8')).toBe('x');
    expect(existsSync(source())).toBe(false);
  });

  it('leaves another content of that name where it is', () => {
    const version = write('x');
    rmSync(source());
    write('another');
    expect(hold(version)).toEqual({ outcome: 'changed' });
    expect(readFileSync(source(), 'utf8')).toBe('another');
    expect(existsSync(join(options.taken, 'k'))).toBe(false);
  });

  it('is completed after a crash when it was taken away only', () => {
    const version = write('x');
    renameSync(source(), join(options.taken, 'k'));
    expect(hold(version)).toEqual({ outcome: 'held', as: 'd/a' });
  });

  it('is completed after a crash when it had both names', () => {
    const version = write('x');
    renameSync(source(), join(options.taken, 'k'));
    mkdirSync(join(options.holding, 'd'));
    linkSync(join(options.taken, 'k'), held());
    expect(hold(version)).toEqual({ outcome: 'held', as: 'd/a' });
    expect(existsSync(join(options.taken, 'k'))).toBe(false);
    expect(existsSync(held('d/a.~2~'))).toBe(false);
  });

  it('is known after a crash when all was done', () => {
    const version = write('x');
    hold(version);
    expect(hold(version)).toEqual({ outcome: 'held', as: 'd/a' });
  });

  it('tells when the file is nowhere, or another one is held under its name', () => {
    const version = write('x');
    rmSync(source());
    expect(hold(version)).toEqual({ outcome: 'gone' });
    mkdirSync(join(options.holding, 'd'));
    writeFileSync(held(), 'y');
    utimesSync(held(), 1, 1);
    expect(hold(version)).toEqual({ outcome: 'gone' });
  });

  it.each([
    ['version', { outcome: 'held', as: 'd/a.~2~' }, 'old', undefined],
    ['replace', { outcome: 'held', as: 'd/a' }, 'new', undefined],
    ['fail', { outcome: 'conflict' }, 'old', 'new'],
  ] as const)('with on_conflict %s', (onConflict, result, there, left) => {
    options.onConflict = onConflict;
    mkdirSync(join(options.holding, 'd'));
    writeFileSync(held(), 'old');
    expect(hold(write('new'))).toEqual(result);
    expect(readFileSync(held(), 'utf8')).toBe(there);
    expect(existsSync(source()) ? readFileSync(source(), 'utf8') : undefined).toBe(left);
  });

  it('copies a read-only file to another file system, also after a crash in the middle', () => {
    options.holding = mkdtempSync(join('/dev/shm', 'hdfmgr-hold-'));
    try {
      const version = write('x');
      chmodSync(source(), 0o444);
      mkdirSync(join(options.holding, 'd'));
      // What a crash left of the first attempt.
      writeFileSync(join(options.holding, 'd/.hdfmgr-k'), '', { mode: 0o444 });
      const again = versionOf('d/a', lstatSync(source()));
      expect(again.ino).toBe(version.ino);
      expect(holdWithoutPrivileges(again)).toEqual({ outcome: 'held', as: 'd/a' });
      expect(readFileSync(held(), 'utf8')).toBe('x');
      expect(existsSync(source())).toBe(false);
      expect(existsSync(held('d/.hdfmgr-k'))).toBe(false);
    } finally {
      rmSync(options.holding, { recursive: true });
    }
  });

  it('puts the file back where the holding area refuses it', () => {
    writeFileSync(join(options.holding, 'd'), 'a file where a directory must be');
    const result = hold(write('x'));
    expect(result).toMatchObject({ outcome: 'failed' });
    expect(readFileSync(source(), 'utf8')).toBe('x');
  });
});
