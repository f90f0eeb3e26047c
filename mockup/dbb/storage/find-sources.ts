// Files that are in a tree already, by the names and patterns of a configuration.

import { globSync, lstatSync, realpathSync } from 'node:fs';
import { basename, dirname, isAbsolute, join, relative, resolve } from 'node:path';
import { canonicalPath } from '../../core/dbb/canonical-path.ts';
import type { FileVersion } from '../../core/dbb/file-version.ts';
import { addEntry, type Listing, type OddEntry, scanTree } from '../files/scan-tree.ts';

export interface SourceSearch {
  root: string;
  sources: readonly string[];
  isExcluded(path: string): boolean;
  /** A source that names nothing, or something outside. */
  onMissing(source: string, reason: string): void;
  /** What is there and is no ordinary file, or can't be looked into. */
  onOdd(entry: OddEntry): void;
}

/** Files in portions, each path once. */
export function* findSources(search: SourceSearch): Generator<FileVersion[]> {
  const seen = new Set<string>();
  for (const source of search.sources) {
    for (const path of expand(search, source)) {
      for (const files of filesAt(search, path)) {
        const fresh = files.filter(({ path: one }) => !seen.has(one));
        for (const { path: one } of fresh) seen.add(one);
        if (fresh.length > 0) yield fresh;
      }
    }
  }
}

/** Paths relative to the root that a source stands for. */
function expand({ root, onMissing }: SourceSearch, source: string): string[] {
  const whole = isAbsolute(source) ? source : resolve(root, source);
  if (whole !== root && !whole.startsWith(`${root}/`)) {
    onMissing(source, 'not in the storage area');
    return [];
  }
  const pattern = relative(root, whole);
  const isThere = lstatSync(whole, { throwIfNoEntry: false }) !== undefined;
  const found = isThere ? [pattern] : globSync(pattern, { cwd: root });
  const paths = found.flatMap((path) => {
    const real = withoutLinks(root, path);
    if (real === undefined) onMissing(path, 'not in the storage area');
    return real ?? [];
  });
  if (found.length === 0) onMissing(source, 'no such file or directory');
  return [...new Set(paths)].toSorted();
}

/** One file, one path: links among its directories are followed. The last part stays as it is. */
function withoutLinks(root: string, path: string): string | undefined {
  const whole = resolve(root, path);
  if (whole === root) return '';
  try {
    const real = join(realpathSync(dirname(whole)), basename(whole));
    return canonicalPath(real, realpathSync(root));
  } catch {
    // It vanished in between.
    return canonicalPath(relative(root, whole));
  }
}

function* filesAt(search: SourceSearch, path: string): Generator<FileVersion[]> {
  const { root, isExcluded, onOdd } = search;
  const stats = lstatSync(join(root, path), { throwIfNoEntry: false });
  const options = { root, isExcluded };
  if (stats?.isDirectory()) {
    for (const { files, odd } of scanTree(options, path)) {
      for (const entry of odd) onOdd(entry);
      yield files;
    }
  } else if (stats && !isExcluded(path)) {
    const listing: Listing = { directory: '', files: [], odd: [], subdirectories: [] };
    addEntry(options, listing, path);
    for (const entry of listing.odd) onOdd(entry);
    yield listing.files;
  }
}
