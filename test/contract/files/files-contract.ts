// What every adapter of the Files port keeps.

import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { FileError, type Files } from '../../../mockup/platform/files/files.ts';

export interface FilesUnderTest {
  files: Files;
  /** An absolute path of an existing, empty directory. */
  root: string;
  dispose?(): unknown;
}

const text = (content: Uint8Array) => Buffer.from(content).toString('utf8');

let files: Files;
let root: string;

/** Registers the suite; `makeAdapter` is called before each test. */
export function filesContract(
  name: string,
  makeAdapter: () => FilesUnderTest | Promise<FilesUnderTest>,
): void {
  describe(`files: ${name}`, () => {
    let made: FilesUnderTest;
    beforeEach(async () => {
      made = await makeAdapter();
      ({ files, root } = made);
    });
    afterEach(async () => await made.dispose?.());

    describe('reading and writing', readingAndWriting);
    describe('looking around', lookingAround);
    describe('making and removing', makingAndRemoving);
    describe('renaming', renaming);
    describe('copying', copying);
  });
}

async function failure(work: Promise<unknown>): Promise<FileError> {
  const error = await work.then(
    () => undefined,
    (reason) => reason,
  );
  expect(error).toBeInstanceOf(FileError);
  return error as FileError;
}

function readingAndWriting(): void {
  it('reads what was written, text and bytes', async () => {
    await files.write(`${root}/greeting`, 'Grüße');
    await files.write(`${root}/bytes`, new Uint8Array([0, 255, 10, 13]));
    expect(text(await files.read(`${root}/greeting`))).toBe('Grüße');
    expect([...(await files.read(`${root}/bytes`))]).toEqual([0, 255, 10, 13]);
  });

  it('writes an empty file', async () => {
    await files.write(`${root}/empty`, '');
    expect(await files.read(`${root}/empty`)).toHaveLength(0);
    expect(await files.stat(`${root}/empty`)).toEqual({
      name: 'empty',
      kind: 'file',
      size_bytes: 0,
    });
  });

  it('keeps its own copy of the bytes that it was given and that it gave', async () => {
    const bytes = new Uint8Array([1, 2, 3]);
    await files.write(`${root}/kept`, bytes);
    bytes[0] = 9;
    const first = await files.read(`${root}/kept`);
    first[1] = 9;
    expect([...(await files.read(`${root}/kept`))]).toEqual([1, 2, 3]);
  });

  it('replaces a file and makes the directories above it', async () => {
    await files.write(`${root}/a/b/c.txt`, 'long first content');
    await files.write(`${root}/a/b/c.txt`, 'second');
    expect(text(await files.read(`${root}/a/b/c.txt`))).toBe('second');
    expect(await files.list(`${root}/a/b`)).toEqual([
      { name: 'c.txt', kind: 'file', size_bytes: 6 },
    ]);
  });

  it('lets many writers of one file each write all of it', async () => {
    const contents = Array.from({ length: 8 }, (_, i) => `${i}`.repeat(20_000));
    await Promise.all(contents.map((content) => files.write(`${root}/shared`, content)));
    expect(contents).toContain(text(await files.read(`${root}/shared`)));
    expect(await files.list(root)).toHaveLength(1);
  });
}

function lookingAround(): void {
  it('lists by the bytes of the names, with kinds and sizes', async () => {
    await files.write(`${root}/b`, '12345');
    await files.makeDirectory(`${root}/a`);
    await files.write(`${root}/B`, '1');
    await files.write(`${root}/\u{1F52D}`, 'x');
    await files.write(`${root}/\uFF21`, 'y');
    expect(await files.list(root)).toEqual([
      { name: 'B', kind: 'file', size_bytes: 1 },
      { name: 'a', kind: 'directory', size_bytes: 0 },
      { name: 'b', kind: 'file', size_bytes: 5 },
      { name: '\uFF21', kind: 'file', size_bytes: 1 },
      { name: '\u{1F52D}', kind: 'file', size_bytes: 1 },
    ]);
  });

  it('lists an empty directory, and the direct entries alone', async () => {
    await files.makeDirectory(`${root}/empty`);
    await files.write(`${root}/full/deep/file`, 'x');
    expect(await files.list(`${root}/empty`)).toEqual([]);
    expect(await files.list(`${root}/full`)).toEqual([
      { name: 'deep', kind: 'directory', size_bytes: 0 },
    ]);
  });

  it('says what a path is, or that there is nothing', async () => {
    await files.write(`${root}/dir/file`, 'abc');
    expect(await files.stat(`${root}/dir`)).toEqual({
      name: 'dir',
      kind: 'directory',
      size_bytes: 0,
    });
    expect(await files.stat(`${root}/dir/file`)).toMatchObject({ kind: 'file', size_bytes: 3 });
    expect(await files.stat(`${root}/missing`)).toBeUndefined();
    expect(await files.stat(`${root}/dir/file/below`)).toBeUndefined();
  });

  it('says file_missing and the path where there is nothing', async () => {
    const path = `${root}/missing`;
    const attempts = [
      files.read(path),
      files.list(path),
      files.rename(path, `${root}/other`),
      files.copy(path, `${root}/other`),
    ];
    for (const attempt of attempts) {
      const error = await failure(attempt);
      expect(error.code).toBe('file_missing');
      expect(error.message).toContain(path);
    }
    expect(await files.list(root)).toEqual([]);
  });
}

function makingAndRemoving(): void {
  it('refuses to read a directory and to list a file', async () => {
    await files.write(`${root}/dir/file`, 'x');
    expect((await failure(files.read(`${root}/dir`))).code).toBe('file_failed');
    expect((await failure(files.list(`${root}/dir/file`))).code).toBe('file_missing');
  });

  it('refuses to write below a file or in the place of a directory', async () => {
    await files.write(`${root}/dir/file`, 'x');
    expect((await failure(files.write(`${root}/dir/file/below`, 'y'))).code).toBe('file_failed');
    expect((await failure(files.write(`${root}/dir`, 'y'))).code).toBe('file_failed');
    expect((await failure(files.makeDirectory(`${root}/dir/file`))).code).toBe('file_failed');
    expect(text(await files.read(`${root}/dir/file`))).toBe('x');
    expect(await files.list(root)).toHaveLength(1);
  });

  it('makes a directory again without effect', async () => {
    await files.makeDirectory(`${root}/x/y/z`);
    await files.write(`${root}/x/y/z/file`, 'kept');
    await files.makeDirectory(`${root}/x/y/z`);
    expect(text(await files.read(`${root}/x/y/z/file`))).toBe('kept');
  });

  it('removes files and whole directories, and nothing where there is none', async () => {
    await files.write(`${root}/dir/a/b`, 'x');
    await files.write(`${root}/dirt`, 'x');
    await files.remove(`${root}/dir/a/b`);
    expect(await files.list(`${root}/dir/a`)).toEqual([]);
    await files.write(`${root}/dir/a/b`, 'x');
    await files.remove(`${root}/dir`);
    await files.remove(`${root}/dir`);
    await files.remove(`${root}/dirt/below`);
    expect((await files.list(root)).map((entry) => entry.name)).toEqual(['dirt']);
  });
}

function renaming(): void {
  it('renames a file over another one', async () => {
    await files.write(`${root}/from`, 'new');
    await files.write(`${root}/to`, 'old');
    await files.rename(`${root}/from`, `${root}/to`);
    expect(text(await files.read(`${root}/to`))).toBe('new');
    expect(await files.stat(`${root}/from`)).toBeUndefined();
  });

  it('renames a directory with all that is in it, and makes the directories above', async () => {
    await files.write(`${root}/from/a/b`, 'x');
    await files.rename(`${root}/from`, `${root}/new/place`);
    expect(text(await files.read(`${root}/new/place/a/b`))).toBe('x');
    expect(await files.stat(`${root}/from`)).toBeUndefined();
  });

  it('refuses to rename over a directory, even an empty one', async () => {
    await files.write(`${root}/from/file`, 'x');
    await files.write(`${root}/plain`, 'x');
    await files.makeDirectory(`${root}/to`);
    expect((await failure(files.rename(`${root}/from`, `${root}/to`))).code).toBe('file_failed');
    expect((await failure(files.rename(`${root}/plain`, `${root}/to`))).code).toBe('file_failed');
    expect(await files.stat(`${root}/from/file`)).toBeDefined();
  });
}

function copying(): void {
  it('copies a file over another one', async () => {
    await files.write(`${root}/from`, 'new');
    await files.write(`${root}/sub/to`, 'old');
    await files.copy(`${root}/from`, `${root}/sub/to`);
    expect(text(await files.read(`${root}/sub/to`))).toBe('new');
    expect(text(await files.read(`${root}/from`))).toBe('new');
  });

  it('copies a directory with empty ones in it; the copy is its own', async () => {
    await files.write(`${root}/from/a/b`, 'x');
    await files.makeDirectory(`${root}/from/empty`);
    await files.copy(`${root}/from`, `${root}/far/to`);
    await files.write(`${root}/from/a/b`, 'changed');
    expect(text(await files.read(`${root}/far/to/a/b`))).toBe('x');
    expect(await files.list(`${root}/far/to`)).toEqual([
      { name: 'a', kind: 'directory', size_bytes: 0 },
      { name: 'empty', kind: 'directory', size_bytes: 0 },
    ]);
    expect((await files.list(`${root}/far`)).map((entry) => entry.name)).toEqual(['to']);
  });

  it('refuses to copy over a directory or into itself', async () => {
    await files.write(`${root}/from/file`, 'x');
    await files.makeDirectory(`${root}/to`);
    expect((await failure(files.copy(`${root}/from`, `${root}/to`))).code).toBe('file_failed');
    expect((await failure(files.copy(`${root}/from`, `${root}/from/in`))).code).toBe(
      'file_failed',
    );
    expect((await files.list(`${root}/from`)).map((entry) => entry.name)).toEqual(['file']);
  });
}
