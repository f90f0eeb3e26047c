// The live adapter of Files: this machine's file system. A file or a copied directory is complete
// and on the disk before it gets its name, so neither a crash nor a power cut shows half of it.

import type { Stats } from 'node:fs';
import * as fs from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import * as durable from './durable.ts';
import { type FileEntry, FileError, type Files } from './files.ts';

export function createLocalFiles(): Files {
  return {
    read: (path) => attempt('read', path, () => fs.readFile(path)),
    write: (path, content) => attempt('write', path, () => write(path, content)),
    list: (directory) => attempt('list', directory, () => list(directory)),
    stat: (path) => attempt('look at', path, () => statEntry(path)),
    makeDirectory: (path) => attempt('make', path, () => durable.makeDirectories(path)),
    remove: (path) => attempt('remove', path, () => remove(path)),
    rename: (from, to) => attempt(`rename to ${to}`, from, () => renameFlushed(from, to)),
    copy: (from, to) => attempt(`copy to ${to}`, from, () => copy(from, to)),
  };
}

async function write(path: string, content: Uint8Array | string): Promise<void> {
  await durable.makeDirectories(dirname(path));
  await underTemporaryName(path, (temporary) => durable.writeFlushed(temporary, content));
}

async function list(directory: string): Promise<FileEntry[]> {
  const names = (await fs.readdir(directory)).filter((name) => !durable.isTemporaryName(name));
  names.sort((a, b) => Buffer.compare(Buffer.from(a), Buffer.from(b)));
  const entries = await Promise.all(names.map((name) => statEntry(join(directory, name))));
  return entries.filter((entry) => entry !== undefined);
}

async function statEntry(path: string): Promise<FileEntry | undefined> {
  try {
    return toEntry(basename(path), await fs.lstat(path));
  } catch (error) {
    if (isMissing(error)) return undefined;
    throw error;
  }
}

function toEntry(name: string, stats: Stats): FileEntry {
  if (stats.isFile()) return { name, kind: 'file', size_bytes: stats.size };
  return { name, kind: stats.isDirectory() ? 'directory' : 'other', size_bytes: 0 };
}

async function remove(path: string): Promise<void> {
  try {
    await fs.rm(path, { recursive: true, force: true });
  } catch (error) {
    if (!isMissing(error)) throw error;
  }
}

async function renameFlushed(from: string, to: string): Promise<void> {
  await fs.lstat(from);
  await durable.makeDirectories(dirname(to));
  await refuseDirectory(to);
  await fs.rename(from, to);
  await durable.flush(dirname(to));
  if (dirname(from) !== dirname(to)) await durable.flush(dirname(from));
}

async function copy(from: string, to: string): Promise<void> {
  await fs.lstat(from);
  if (`${to}/`.startsWith(`${from}/`)) throw new Error('the copy would be inside the original');
  await durable.makeDirectories(dirname(to));
  await removeAbandoned(dirname(to));
  await underTemporaryName(to, (temporary) => copyTree(from, temporary));
}

/** Half copies of processes that were killed. */
async function removeAbandoned(directory: string): Promise<void> {
  const abandoned = (await fs.readdir(directory)).filter(durable.isAbandoned);
  for (const name of abandoned)
    await fs.rm(join(directory, name), { recursive: true, force: true });
}

/** Copies and flushes; symbolic links are copied as they are, never followed. */
async function copyTree(from: string, to: string): Promise<void> {
  const stats = await fs.lstat(from);
  if (stats.isSymbolicLink()) return fs.symlink(await fs.readlink(from), to);
  if (stats.isDirectory()) {
    await fs.mkdir(to);
    for (const name of await fs.readdir(from)) {
      if (!durable.isTemporaryName(name)) await copyTree(join(from, name), join(to, name));
    }
  } else if (stats.isFile()) {
    await fs.copyFile(from, to);
  } else {
    throw new Error(`neither a file nor a directory: ${from}`);
  }
  await durable.flush(to);
}

/** Lets `make` fill a temporary name, then renames it; nothing is left where that fails. */
async function underTemporaryName(
  path: string,
  make: (temporary: string) => Promise<void>,
): Promise<void> {
  await refuseDirectory(path);
  const temporary = durable.temporaryPath(path);
  try {
    await make(temporary);
    await fs.rename(temporary, path);
  } catch (error) {
    await fs.rm(temporary, { recursive: true, force: true });
    throw error;
  }
  await durable.flush(dirname(path));
}

/** `rename` of a directory would silently replace an empty one. */
async function refuseDirectory(path: string): Promise<void> {
  const entry = await statEntry(path);
  if (entry?.kind === 'directory') throw new Error(`there is a directory already: ${path}`);
}

async function attempt<T>(what: string, path: string, work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    throw toFileError(what, path, error);
  }
}

/** What a failed system call means; `what` was tried with `path`. */
export function toFileError(what: string, path: string, error: unknown): FileError {
  const code = systemCode(error);
  const absent = code === 'ENOENT' || (code === 'ENOTDIR' && (what === 'read' || what === 'list'));
  if (absent) {
    return new FileError('file_missing', `no such file or directory: ${path}`, { cause: error });
  }
  const reason = error instanceof Error ? error.message : String(error);
  const message = `can't ${what}: ${path}: ${reason}`;
  if (code === 'ENOSPC' || code === 'EDQUOT') {
    return new FileError('disk_full', message, { cause: error, hint: 'make room on the disk' });
  }
  const denied = code === 'EACCES' || code === 'EPERM' || code === 'EROFS';
  return new FileError('file_failed', message, {
    cause: error,
    ...(denied && { hint: 'may this user read and write there?' }),
  });
}

function isMissing(error: unknown): boolean {
  const code = systemCode(error);
  return code === 'ENOENT' || code === 'ENOTDIR';
}

function systemCode(error: unknown): string | undefined {
  return error instanceof Error && 'code' in error ? String(error.code) : undefined;
}
