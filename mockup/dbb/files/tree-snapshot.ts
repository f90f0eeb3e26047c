// What was seen in a tree so far, so that only what changed need be told.

import type { FileVersion } from '../../core/dbb/file-version.ts';
import type { Listing, OddEntry } from './scan-tree.ts';

export interface TreeChanges {
  /** New files, and files that hold other content than before. */
  found: FileVersion[];
  /** Paths of files that are no longer there. */
  gone: string[];
  odd: OddEntry[];
}

export class TreeSnapshot {
  /** By directory and name: what the version is told by. */
  readonly #directories = new Map<string, Map<string, string>>();
  #count = 0;

  get count(): number {
    return this.#count;
  }

  get directories(): IterableIterator<string> {
    return this.#directories.keys();
  }

  has(directory: string): boolean {
    return this.#directories.has(directory);
  }

  /** Takes a directory as it is now; what is not in the listing is gone. */
  takeDirectory(listing: Listing): TreeChanges {
    const before = this.#directories.get(listing.directory) ?? new Map<string, string>();
    const now = new Map<string, string>();
    const changes: TreeChanges = { found: [], gone: [], odd: [] };
    for (const file of listing.files) {
      const key = keyOf(file);
      now.set(file.path, key);
      if (before.get(file.path) !== key) changes.found.push(file);
    }
    for (const entry of listing.odd) {
      const key = `${keyOf(entry.version)} ${entry.reason}`;
      now.set(entry.version.path, key);
      if (before.get(entry.version.path) !== key) changes.odd.push(entry);
    }
    for (const path of before.keys()) if (!now.has(path)) changes.gone.push(path);
    this.#count += now.size - before.size;
    this.#directories.set(listing.directory, now);
    return changes;
  }

  /** Takes single names of a directory: those of `listing` are there, the other `names` are not. */
  takeNames(listing: Listing, names: Iterable<string>): TreeChanges {
    const before = this.#directories.get(listing.directory) ?? new Map<string, string>();
    const changes: TreeChanges = { found: [], gone: [], odd: [] };
    const there = new Set<string>();
    const entries = [...listing.files.map((version) => ({ version, reason: '' })), ...listing.odd];
    for (const { version, reason } of entries) {
      const key = reason ? `${keyOf(version)} ${reason}` : keyOf(version);
      there.add(version.path);
      if (before.get(version.path) === key) continue;
      if (!before.has(version.path)) this.#count++;
      before.set(version.path, key);
      if (reason) changes.odd.push({ version, reason });
      else changes.found.push(version);
    }
    for (const path of names) {
      if (there.has(path) || !before.delete(path)) continue;
      this.#count--;
      changes.gone.push(path);
    }
    this.#directories.set(listing.directory, before);
    return changes;
  }

  /** Drops directories that were not seen any more; gives the files that are gone with them. */
  keepOnly(directories: ReadonlySet<string>): string[] {
    const gone: string[] = [];
    for (const [directory, names] of this.#directories) {
      if (directories.has(directory)) continue;
      gone.push(...names.keys());
      this.#count -= names.size;
      this.#directories.delete(directory);
    }
    return gone;
  }
}

function keyOf({ ino, size_bytes, mtime_ms, ctime_ms }: FileVersion): string {
  return `${ino} ${size_bytes} ${mtime_ms} ${ctime_ms}`;
}
