// Walks a directory tree with plain system calls, one directory at a time; for a thread of its own
// (`watch-tree-worker`), where waiting for the disk holds up nobody.

import { type Dirent, lstatSync, readdirSync, readlinkSync, type Stats } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import type { FileVersion } from '../../core/dbb/file-version.ts';

/** What lies in the tree and is no file that could be shipped. */
export interface OddEntry {
  version: FileVersion;
  reason: string;
  /** True where there may be files that could not be seen. */
  hides?: true;
}

export interface Listing {
  /** Relative to the root, '' for the root itself. */
  directory: string;
  files: FileVersion[];
  odd: OddEntry[];
  subdirectories: string[];
}

export interface ScanOptions {
  root: string;
  /** Paths (relative to the root) that are left out. */
  isExcluded(path: string): boolean;
}

/** Every directory from `start` down; a directory that is gone by now is left out. */
export function* scanTree(options: ScanOptions, start = ''): Generator<Listing> {
  const waiting = [start];
  for (let directory = waiting.pop(); directory !== undefined; directory = waiting.pop()) {
    const listing = listDirectory(options, directory);
    if (!listing) continue;
    yield listing;
    waiting.push(...listing.subdirectories);
  }
}

/** Undefined where there is no such directory (any more). */
export function listDirectory(options: ScanOptions, directory: string): Listing | undefined {
  const listing: Listing = { directory, files: [], odd: [], subdirectories: [] };
  let entries: Dirent[];
  try {
    entries = readdirSync(join(options.root, directory), { withFileTypes: true });
  } catch (error) {
    if (isAbsent(error)) return undefined;
    // Without the root there is nothing; anything below it is a fault of that directory alone.
    if (directory === '') throw error;
    const reason = `directory can't be read: ${codeOf(error)}`;
    listing.odd.push({ version: versionAnyway(options.root, directory), reason, hides: true });
    return listing;
  }
  let isOdd = false;
  for (const entry of entries) {
    if (entry.name.includes(REPLACEMENT)) {
      isOdd = true;
      continue;
    }
    const path = directory === '' ? entry.name : `${directory}/${entry.name}`;
    if (isLeftOut(options, path, entry)) continue;
    if (entry.isDirectory()) listing.subdirectories.push(path);
    else addEntry(options, listing, path);
  }
  if (isOdd) addOddNames(options, listing);
  return listing;
}

/** A pattern that ends in a slash is about directories: a file of that name is not meant. */
function isLeftOut(
  { isExcluded }: ScanOptions,
  path: string,
  entry: { isDirectory(): boolean },
): boolean {
  return isExcluded(path) || (entry.isDirectory() && isExcluded(`${path}/`));
}

/** Names with bytes that are no UTF-8 are read again as bytes: a text can't name them. */
export function addOddNames(options: ScanOptions, listing: Listing): void {
  const full = join(options.root, listing.directory);
  for (const entry of readdirSync(full, { withFileTypes: true, encoding: 'buffer' })) {
    const name = entry.name.toString('utf8');
    if (!name.includes(REPLACEMENT)) continue;
    const isText = Buffer.from(name).equals(entry.name);
    const shown = isText ? name : escapeBytes(entry.name);
    const path = listing.directory === '' ? shown : `${listing.directory}/${shown}`;
    if (isLeftOut(options, path, entry)) continue;
    if (isText) {
      if (entry.isDirectory()) listing.subdirectories.push(path);
      else addEntry(options, listing, path);
      continue;
    }
    const bytes = Buffer.concat([Buffer.from(`${full}/`), entry.name]);
    const stats = lstatSync(bytes, { throwIfNoEntry: false });
    if (!stats) continue;
    const what = entry.isDirectory() ? 'a directory whose name is not UTF-8' : NOT_UTF8;
    listing.odd.push({ version: versionOf(path, stats), reason: what, hides: true });
  }
}

/** `caf\\xe9`: what is no UTF-8 as its bytes, so that two such names stay two. */
function escapeBytes(name: Buffer): string {
  let text = '';
  for (let at = 0; at < name.length; ) {
    const length = sequenceLength(name, at);
    text += length
      ? name.toString('utf8', at, at + length)
      : `\\x${name.toString('hex', at, at + 1)}`;
    at += length || 1;
  }
  return text;
}

/** Bytes of the character at this place; 0 where there is none. */
function sequenceLength(bytes: Buffer, at: number): number {
  for (let length = 1; length <= 4; length++) {
    const part = bytes.subarray(at, at + length);
    const text = part.toString('utf8');
    if (!text.includes(REPLACEMENT) || Buffer.from(text).equals(part)) return part.length;
  }
  return 0;
}

/** Adds one entry to a listing; nothing where it is gone or is a directory. */
export function addEntry(options: ScanOptions, listing: Listing, path: string): void {
  let found: ReturnType<typeof lookAt>;
  try {
    found = lookAt(options.root, path);
  } catch (error) {
    const reason = `can't be looked at: ${codeOf(error)}`;
    listing.odd.push({ version: nameless(path), reason, hides: true });
    return;
  }
  if (!found) {
    if (path.includes(REPLACEMENT)) {
      listing.odd.push({ version: nameless(path), reason: NOT_UTF8, hides: true });
    }
  } else if (found.stats.isDirectory()) {
    listing.subdirectories.push(path);
  } else if (found.stats.isFile()) {
    listing.files.push(found.version);
  } else {
    listing.odd.push({ version: found.version, reason: reasonFor(found.stats, options, path) });
  }
}

const REPLACEMENT = '\ufffd';
const NOT_UTF8 = 'its name is not UTF-8';

function lookAt(root: string, path: string): { version: FileVersion; stats: Stats } | undefined {
  const stats = lstatSync(join(root, path), { throwIfNoEntry: false });
  return stats && { stats, version: versionOf(path, stats) };
}

export function versionOf(path: string, stats: Stats): FileVersion {
  return {
    path,
    size_bytes: stats.size,
    mtime_ms: stats.mtimeMs,
    ctime_ms: stats.ctimeMs,
    ino: stats.ino,
  };
}

/** Of what can't be looked at (its path is too long) there is only the name. */
function versionAnyway(root: string, path: string): FileVersion {
  try {
    return lookAt(root, path)?.version ?? nameless(path);
  } catch {
    return nameless(path);
  }
}

function nameless(path: string): FileVersion {
  return { path, size_bytes: 0, mtime_ms: 0, ctime_ms: 0, ino: 0 };
}

function reasonFor(stats: Stats, { root }: ScanOptions, path: string): string {
  if (stats.isFIFO()) return 'a FIFO';
  if (stats.isSocket()) return 'a socket';
  if (!stats.isSymbolicLink()) return 'a device';
  let target: string;
  try {
    target = readlinkSync(join(root, path));
  } catch (error) {
    return `a link that can't be read: ${codeOf(error)}`;
  }
  const full = resolve(dirname(join(root, path)), target);
  if (!`${full}/`.startsWith(`${root}/`)) return 'a link out of the buffer';
  return 'a link (the file that it names is shipped under its own name)';
}

function isAbsent(error: unknown): boolean {
  return ['ENOENT', 'ENOTDIR'].includes(codeOf(error));
}

export function codeOf(error: unknown): string {
  return String((error as NodeJS.ErrnoException).code ?? error);
}
