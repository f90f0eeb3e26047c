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
    const version = directory === '' ? undefined : lookAt(options.root, directory)?.version;
    if (version === undefined) throw error;
    const reason = `directory can't be read: ${codeOf(error)}`;
    listing.odd.push({ version, reason, hides: true });
    return listing;
  }
  for (const entry of entries) {
    const path = directory === '' ? entry.name : `${directory}/${entry.name}`;
    if (options.isExcluded(path)) continue;
    if (entry.isDirectory()) listing.subdirectories.push(path);
    else addEntry(options, listing, path);
  }
  return listing;
}

/** Adds one entry to a listing; nothing where it is gone or is a directory. */
export function addEntry(options: ScanOptions, listing: Listing, path: string): void {
  const found = lookAt(options.root, path);
  if (!found) {
    // A name that is no UTF-8 comes with replacement characters, and can't be opened by them.
    if (path.includes('\ufffd')) {
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

function nameless(path: string): FileVersion {
  return { path, size_bytes: 0, mtime_ms: 0, ctime_ms: 0, ino: 0 };
}

function reasonFor(stats: Stats, { root }: ScanOptions, path: string): string {
  if (stats.isFIFO()) return 'a FIFO';
  if (stats.isSocket()) return 'a socket';
  if (!stats.isSymbolicLink()) return 'a device';
  const target = readlinkSync(join(root, path));
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
