// Making file operations last: what was written or renamed must still be there after a power cut,
// so files and the directories that name them are flushed.

import { hash, randomInt } from 'node:crypto';
import { type FileHandle, lstat, mkdir, open, readdir } from 'node:fs/promises';
import { basename, dirname, join, resolve } from 'node:path';
import { isProcessGone, machineIdentity } from '../process/machine-identity.ts';

const TEMPORARY = /^\.part-[0-9a-f]{16}$/;
const COUNT_END = 0x10000;

let count = randomInt(COUNT_END);

/**
 * A new name beside `path`; `isTemporaryName` knows it when a crash leaves it behind. It tells
 * machine (6 digits) and process (6), so that others see whether somebody still writes there.
 */
export function temporaryPath(path: string): string {
  count = (count + 1) % COUNT_END;
  return join(
    dirname(path),
    `.part-${machineDigits()}${digits(process.pid, 6)}${digits(count, 4)}`,
  );
}

/** True where the process of this machine that made this temporary name is gone. */
export function isAbandoned(path: string): boolean {
  const name = basename(path);
  if (!TEMPORARY.test(name) || name.slice(6, 12) !== machineDigits()) return false;
  return isProcessGone(machineIdentity(), Number.parseInt(name.slice(12, 18), 16));
}

function machineDigits(): string {
  return hash('sha256', machineIdentity()).slice(0, 6);
}

function digits(number: number, length: number): string {
  return number.toString(16).padStart(length, '0');
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
