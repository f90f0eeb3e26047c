// Moves to the storage area, step by step: what each step leaves where it is repeated, where the file
// changed in between, and where the storage area is another file system.

import {
  existsSync,
  lstatSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { FileVersion } from '../../../mockup/core/dbb/file-version.ts';
import { versionOf } from '../../../mockup/dbb/files/scan-tree.ts';
import {
  identifyFile,
  lookAtFile,
  placeFiles,
  removeVersion,
  unplaceFile,
} from '../../../mockup/dbb/storage/storage-moves.ts';

/** A memory file system, which is another one than that of the temporary directory. */
const ELSEWHERE = existsSync('/dev/shm') ? '/dev/shm' : tmpdir();

let directories: string[];
let source: string;
let storage: string;

beforeEach(() => {
  directories = [mkdtempSync(join(tmpdir(), 'moves-')), mkdtempSync(join(ELSEWHERE, 'moves-'))];
  source = join(directories[0] ?? '', 'buffer');
  storage = join(directories[0] ?? '', 'storage');
  for (const path of [source, storage]) mkdirSync(path);
});

afterEach(() => {
  for (const path of directories) rmSync(path, { recursive: true, force: true });
});

const PATH = 'day/a.fits';

function arrive(content: string, path = PATH) {
  mkdirSync(join(source, 'day'), { recursive: true });
  writeFileSync(join(source, path), content);
  const found = identifyFile(source, path);
  if (!('checksum' in found)) throw new Error('not identified');
  return found;
}

const place = (found: { version: FileVersion; checksum: string }) =>
  placeFiles({ source, storage }, [found])[0];

describe('moves to the storage area', () => {
  it('give a second name, then take the first', () => {
    const found = arrive('content');
    expect(place(found)).toEqual({ outcome: 'placed', made: true });
    expect(readFileSync(join(source, PATH), 'utf8')).toBe('content');
    expect(statSync(join(storage, PATH)).ino).toBe(found.version.ino);
    expect(place(found)).toEqual({ outcome: 'placed', made: false });
    expect(removeVersion(source, found.version)).toBe('removed');
    expect(removeVersion(source, found.version)).toBe('gone');
    expect(lookAtFile(storage, PATH)).toMatchObject({ path: PATH, size_bytes: 7 });
    expect(lookAtFile(storage, `${PATH}-not-there`)).toBeNull();
    expect(lookAtFile(storage, 'x'.repeat(300))).toEqual({ code: 'ENAMETOOLONG' });
  });

  it('copy to another file system, with the time of the original', () => {
    storage = directories[1] ?? '';
    const found = arrive('content');
    utimesSync(join(source, PATH), 1_600_000_000, 1_600_000_000);
    const again = identifyFile(source, PATH);
    if (!('checksum' in again)) throw new Error('not identified');
    expect(place(again)).toEqual({ outcome: 'placed', made: true });
    expect(statSync(join(storage, PATH)).mtimeMs).toBe(1_600_000_000_000);
    expect(readdirSync(join(storage, 'day'))).toEqual(['a.fits']);
    expect(place(again)).toEqual({ outcome: 'placed', made: false });
    expect(found.checksum).toBe(again.checksum);
    expect(unplaceFile({ source, storage }, again.version)).toBe('removed');
    expect(readdirSync(join(storage, 'day'))).toEqual([]);
    expect(readFileSync(join(source, PATH), 'utf8')).toBe('content');
  });

  it('never replace another file', () => {
    for (const root of [storage, directories[1] ?? '']) {
      storage = root;
      mkdirSync(join(storage, 'day'));
      writeFileSync(join(storage, PATH), 'older!!');
      expect(place(arrive('content'))).toEqual({ outcome: 'taken' });
      expect(readFileSync(join(storage, PATH), 'utf8')).toBe('older!!');
    }
  });

  it('see what happened to the file since it was read', () => {
    const found = arrive('content');
    writeFileSync(join(source, 'new'), 'changed');
    renameSync(join(source, 'new'), join(source, PATH));
    expect(place(found)).toEqual({ outcome: 'changed' });
    expect(removeVersion(source, found.version)).toBe('changed');
    rmSync(join(source, PATH));
    expect(place(found)).toEqual({ outcome: 'gone' });
    expect(identifyFile(source, PATH)).toEqual({ code: 'ENOENT' });
  });

  it('bring a file back whose first name is gone', () => {
    const found = arrive('content');
    place(found);
    rmSync(join(source, 'day'), { recursive: true });
    expect(unplaceFile({ source, storage }, found.version)).toBe('removed');
    expect(readFileSync(join(source, PATH), 'utf8')).toBe('content');
    expect(existsSync(join(storage, PATH))).toBe(false);
  });

  it('say why the system refuses', () => {
    writeFileSync(join(storage, 'day'), 'a file where a directory should be');
    expect(place(arrive('content'))).toMatchObject({ outcome: 'failed', code: 'ENOTDIR' });
    expect(versionOf(PATH, lstatSync(join(source, PATH))).size_bytes).toBe(7);
  });
});
