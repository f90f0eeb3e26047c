// A directory tree in an order that is the same each time, so that a walk that ended early goes on
// where it was.

import { type Dirent, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { codeOf } from './scan-tree.ts';

export interface OrderedDirectory {
  /** Relative to the root, '' for the root itself. */
  directory: string;
  /** Paths of what is no directory, relative to the root. */
  paths: string[];
  /** Why it could not be looked into. */
  fault?: string;
}

/** Each directory with what is in it, then those below it; `after`: from the one after that. */
export function* walkInOrder(
  root: string,
  after?: string,
  isExcluded: (path: string) => boolean = () => false,
): Generator<OrderedDirectory> {
  const waiting = [''];
  for (let directory = waiting.pop(); directory !== undefined; directory = waiting.pop()) {
    // What leads to the place where it goes on is looked into once more.
    const isPast = after !== undefined && !isAfter(directory, after);
    if (isPast && !isAbove(directory, after)) continue;
    let entries: Dirent[];
    try {
      entries = readdirSync(join(root, directory), { withFileTypes: true });
    } catch (error) {
      const fault = faultOf(directory, codeOf(error));
      if (fault !== undefined) yield { directory, paths: [], fault };
      continue;
    }
    const all = entries.map((entry) => ({ entry, path: pathOf(directory, entry.name) }));
    const kept = all.filter(({ path }) => !isExcluded(path));
    const below = kept.filter(({ entry }) => entry.isDirectory()).map(({ path }) => path);
    waiting.push(...below.toSorted().toReversed());
    if (isPast) continue;
    const paths = kept.filter(({ entry }) => !entry.isDirectory()).map(({ path }) => path);
    yield { directory, paths: paths.toSorted() };
  }
}

/** Undefined for what is gone by now; a name that is not UTF-8 can't be found by its text. */
function faultOf(directory: string, code: string): string | undefined {
  if (code !== 'ENOENT') return code;
  return directory.includes('\ufffd') ? 'its name is not UTF-8' : undefined;
}

function pathOf(directory: string, name: string): string {
  return directory === '' ? name : `${directory}/${name}`;
}

/** `above` is `path`, or leads to it. */
function isAbove(above: string, path: string): boolean {
  return above === '' || `${path}/`.startsWith(`${above}/`);
}

/** Comes later in the order of the walk. */
function isAfter(one: string, other: string): boolean {
  const [a, b] = [one.split('/'), other.split('/')];
  if (one === '') return false;
  if (other === '') return true;
  for (let at = 0; at < Math.max(a.length, b.length); at++) {
    const [here, there] = [a[at], b[at]];
    if (here === undefined) return false;
    if (there === undefined) return true;
    if (here !== there) return here > there;
  }
  return false;
}
