// The thread behind `watch-tree`: scans, follows the events of the file system, tells changes.

import { type FSWatcher, lstatSync, rmdirSync, watch } from 'node:fs';
import { join } from 'node:path';
import { parentPort, workerData } from 'node:worker_threads';
import { createHeapKeeper } from '../process/heap-keeper.ts';
import { addEntry, type Listing, listDirectory, type ScanOptions, scanTree } from './scan-tree.ts';
import { type TreeChanges, TreeSnapshot } from './tree-snapshot.ts';
import type { WatchMessage, WatchRequest, WatchWorkerData } from './watch-tree.ts';

/** Between an event and the look at what it was about: events come in bursts. */
const SETTLE_MS = 15;
/** More names than this in one burst: the directory is listed instead. */
const NAMES_MAX = 2000;
const WATCHED_DIRECTORIES_MAX = 8192;
const CHUNK = 5000;
/** A scan may take this share of the time, so that a large or slow tree is not scanned on end. */
const SCAN_SHARE = 10;

const { root, exclude, pause_ms } = workerData as WatchWorkerData;
const patterns = exclude.map((pattern) => new RegExp(pattern));
const options: ScanOptions = {
  root,
  isExcluded: (path) => patterns.some((pattern) => pattern.test(path)),
};
const snapshot = new TreeSnapshot();
const keepHeapSmall = createHeapKeeper();
const watchers = new Map<string, FSWatcher>();
/** What events named: paths by directory, or all of it. */
const dirty = new Map<string, Set<string> | 'all'>();
let lookTimer: NodeJS.Timeout | undefined;
let scanTimer: NodeJS.Timeout | undefined;

function post(message: WatchMessage): void {
  parentPort?.postMessage(message);
}

function tell(changes: TreeChanges): void {
  const { found, gone, odd } = changes;
  for (let from = 0; from < Math.max(found.length, gone.length, odd.length); from += CHUNK) {
    const part = <T>(list: T[]): T[] => list.slice(from, from + CHUNK);
    post({
      kind: 'changes',
      changes: { found: part(found), gone: part(gone), odd: part(odd) },
    });
  }
}

function scan(): void {
  clearTimeout(scanTimer);
  const start = performance.now();
  try {
    const seen = new Set<string>();
    for (const listing of scanTree(options)) {
      seen.add(listing.directory);
      follow(listing.directory);
      tell(snapshot.takeDirectory(listing));
      keepHeapSmall();
    }
    tell({ found: [], gone: snapshot.keepOnly(seen), odd: [] });
    unfollow(seen);
    const duration_ms = performance.now() - start;
    const report = { files: snapshot.count, directories: seen.size, duration_ms };
    post({ kind: 'scanned', report });
  } catch (error) {
    post({ kind: 'error', message: (error as Error).message });
  }
  const share_ms = (performance.now() - start) * SCAN_SHARE;
  scanTimer = setTimeout(scan, Math.max(pause_ms, share_ms));
}

/** Watches a directory before it is listed, so that nothing falls between the two. */
function follow(directory: string): void {
  if (watchers.has(directory) || watchers.size >= WATCHED_DIRECTORIES_MAX) return;
  try {
    const watcher = watch(join(root, directory), (_event, name) => onEvent(directory, name));
    watcher.on('error', () => drop(directory));
    watchers.set(directory, watcher);
  } catch {
    // No watch left (or the directory is gone): the scans find what happens there.
  }
}

function drop(directory: string): void {
  watchers.get(directory)?.close();
  watchers.delete(directory);
}

function unfollow(seen: ReadonlySet<string>): void {
  for (const directory of watchers.keys()) if (!seen.has(directory)) drop(directory);
}

function onEvent(directory: string, name: string | null): void {
  const known = dirty.get(directory);
  if (known !== 'all') {
    const names = known ?? new Set<string>();
    if (name !== null) names.add(directory === '' ? name : `${directory}/${name}`);
    dirty.set(directory, name === null || names.size > NAMES_MAX ? 'all' : names);
  }
  if (lookTimer === undefined) lookTimer = setTimeout(look, SETTLE_MS);
}

function look(): void {
  lookTimer = undefined;
  const found = [...dirty];
  dirty.clear();
  for (const [directory, names] of found) {
    try {
      if (names === 'all') lookAtTree(directory);
      else lookAtNames(directory, names);
    } catch (error) {
      post({ kind: 'error', message: (error as Error).message });
    }
  }
}

function lookAtTree(start: string): void {
  for (const listing of scanTree(options, start)) {
    follow(listing.directory);
    tell(snapshot.takeDirectory(listing));
  }
}

function lookAtNames(directory: string, names: ReadonlySet<string>): void {
  const listing: Listing = { directory, files: [], odd: [], subdirectories: [] };
  for (const path of names) {
    // Such a name can't be looked up by itself: it is read with all others of its directory.
    if (path.includes('\ufffd')) {
      lookAtTree(directory);
      return;
    }
    if (!options.isExcluded(path)) addEntry(options, listing, path);
  }
  tell(snapshot.takeNames(listing, names));
  for (const path of names) drop(path);
  // An event names a directory that was made, replaced or renamed: watch the one that is there now.
  for (const subdirectory of listing.subdirectories) {
    if (!options.isExcluded(`${subdirectory}/`)) lookAtTree(subdirectory);
  }
}

/** Deepest first; `rmdir` itself refuses what is not empty. */
function erase(before_ms: number): void {
  const directories = [...snapshot.directories].filter((directory) => directory !== '');
  for (const directory of directories.sort((one, other) => other.length - one.length)) {
    const stats = lstatSync(join(root, directory), { throwIfNoEntry: false });
    if (!stats?.isDirectory() || stats.mtimeMs >= before_ms) continue;
    const listing = listDirectory(options, directory);
    if (!listing || listing.files.length + listing.odd.length > 0) continue;
    try {
      rmdirSync(join(root, directory));
      drop(directory);
    } catch {
      // Not empty after all, or not ours to remove: it stays.
    }
  }
}

parentPort?.on('message', (request: WatchRequest) => {
  if (request.kind === 'scan') scan();
  else erase(request.before_ms);
});
scan();
