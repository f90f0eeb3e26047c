// Making file operations last: what was written or renamed must still be there after a power cut,
// so files and the directories that name them are flushed.

import { randomBytes } from 'node:crypto';
import { type FileHandle, lstat, mkdir, open, readdir } from 'node:fs/promises';
import { basename, dirname, join, resolve } from 'node:path';

const TEMPORARY = /^\.part-[0-9a-f]{16}$/;

/** A new name beside `path`; `isTemporaryName` knows it when a crash leaves it behind. */
export function temporaryPath(path: string): string {
  return join(dirname(path), `.part-${randomBytes(8).toString('hex')}`);
}

export function isTemporaryName(path: string): boolean {
  return TEMPORARY.test(basename(path));
}

export async function flush(path: string): Promise<void> {
  const handle = await open(path, 'r');
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
}

/** Flushes a file, or a directory and all that is in it; links and devices need none. */
export async function flushTree(path: string): Promise<void> {
  const stats = await lstat(path);
  if (stats.isDirectory()) {
    for (const name of await readdir(path)) await flushTree(join(path, name));
  }
  if (stats.isDirectory() || stats.isFile()) await flush(path);
}

/** Makes the directory and those above it; each new name is flushed into its parent. */
export async function makeDirectories(directory: string): Promise<void> {
  const first = await mkdir(directory, { recursive: true });
  if (first === undefined) return;
  for (let made = resolve(directory); made.length >= first.length; made = dirname(made)) {
    await flush(dirname(made));
  }
}

/** Writes and flushes a file that must not exist yet. */
export async function writeFlushed(path: string, content: Uint8Array | string): Promise<void> {
  const handle: FileHandle = await open(path, 'wx');
  try {
    await handle.writeFile(content);
    await handle.sync();
  } finally {
    await handle.close();
  }
}
