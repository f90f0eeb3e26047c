// Files on their way from the buffer to the storage area. A file gets its second name there before
// it is on record, and loses the first one after that: whatever a crash interrupts, the file is
// still found in the buffer, and the same steps complete it. No step ever replaces a file.

import { randomBytes } from 'node:crypto';
import {
  closeSync,
  constants,
  copyFileSync,
  fsyncSync,
  linkSync,
  lstatSync,
  mkdirSync,
  openSync,
  renameSync,
  rmSync,
  type Stats,
  unlinkSync,
  utimesSync,
} from 'node:fs';
import { dirname, join } from 'node:path';
import { type FileVersion, isSameVersion } from '../../core/dbb/file-version.ts';
import { checksumOf } from '../files/checksum.ts';
import { codeOf, versionOf } from '../files/scan-tree.ts';

export interface MoveRoots {
  source: string;
  storage: string;
}

export interface PlaceRequest {
  version: FileVersion;
  checksum: string;
}

/**
 * - `placed`: the storage area has it; `made` where this call did that
 * - `taken`: the storage area has something else under this path
 * - `changed`, `gone`: the buffer has other content under this path by now, or nothing
 * - `failed`: the system refused
 */
export type PlaceResult =
  | { outcome: 'placed'; made: boolean }
  | { outcome: 'taken' | 'changed' | 'gone' }
  | { outcome: 'failed'; code: string; reason: string };

export type RemoveResult = 'removed' | 'changed' | 'gone' | 'failed';

export type IdentifyResult =
  | { version: FileVersion; checksum: string }
  | { changed: true }
  | { code: string };

/** Null where there is surely no file; the system's code where that can't be told. */
export type LookResult = FileVersion | null | { code: string };

/** No hard link from here to there: another file system, or one that has none. */
const NO_LINK = ['EXDEV', 'EPERM', 'ENOTSUP', 'EOPNOTSUPP', 'EMLINK', 'ENOSYS'];
const ABSENT = ['ENOENT', 'ENOTDIR'];

/** Reads the file; `changed` where it was written to meanwhile. */
export function identifyFile(root: string, path: string): IdentifyResult {
  try {
    const before = lstatSync(join(root, path));
    if (!before.isFile()) return { code: 'EINVAL' };
    const version = versionOf(path, before);
    const checksum = checksumOf(join(root, path));
    const after = versionOf(path, lstatSync(join(root, path)));
    return isSameVersion(version, after) ? { version, checksum } : { changed: true };
  } catch (error) {
    return { code: codeOf(error) };
  }
}

/** Files of one request; the directories that name them are on the disk afterwards. */
export function placeFiles(roots: MoveRoots, requests: readonly PlaceRequest[]): PlaceResult[] {
  const directories = new Set<string>();
  const results = requests.map((request) => {
    const result = placeFile(roots, request);
    if (result.outcome === 'placed' && result.made) {
      directories.add(dirname(join(roots.storage, request.version.path)));
    }
    return result;
  });
  for (const directory of directories) flush(directory);
  return results;
}

function placeFile(roots: MoveRoots, request: PlaceRequest): PlaceResult {
  const { version } = request;
  const source = join(roots.source, version.path);
  const target = join(roots.storage, version.path);
  for (;;) {
    try {
      const stats = lstatSync(source, { throwIfNoEntry: false });
      if (!stats) return { outcome: 'gone' };
      if (!isVersion(stats, version)) return { outcome: 'changed' };
      linkSync(source, target);
      if (isVersion(lstatSync(target), version)) return { outcome: 'placed', made: true };
      unlinkSync(target);
      return { outcome: 'changed' };
    } catch (error) {
      const code = codeOf(error);
      if (code === 'EEXIST') return judge(target, request);
      if (NO_LINK.includes(code)) return placeCopy(source, target, request);
      if (code !== 'ENOENT') return failed(error);
    }
    try {
      mkdirSync(dirname(target), { recursive: true });
    } catch (error) {
      return failed(error);
    }
  }
}

/** Something has this path: is it the same? */
function judge(target: string, { version, checksum }: PlaceRequest): PlaceResult {
  try {
    const stats = lstatSync(target);
    if (!stats.isFile() || stats.size !== version.size_bytes) return { outcome: 'taken' };
    const same = isVersion(stats, version) || checksumOf(target) === checksum;
    return same ? { outcome: 'placed', made: false } : { outcome: 'taken' };
  } catch (error) {
    return failed(error);
  }
}

/** Copy, verify, rename. The copy is on the disk before it has its name. */
function placeCopy(source: string, target: string, request: PlaceRequest): PlaceResult {
  const temporary = join(dirname(target), `.part-${randomBytes(8).toString('hex')}`);
  try {
    if (lstatSync(target, { throwIfNoEntry: false })) return judge(target, request);
    mkdirSync(dirname(target), { recursive: true });
    copyFileSync(source, temporary, constants.COPYFILE_FICLONE);
    flush(temporary);
    if (checksumOf(temporary) !== request.checksum) return { outcome: 'changed' };
    const mtime_s = request.version.mtime_ms / 1000;
    utimesSync(temporary, mtime_s, mtime_s);
    if (!nameFile(temporary, target)) return judge(target, request);
    return { outcome: 'placed', made: true };
  } catch (error) {
    return failed(error);
  } finally {
    rmSync(temporary, { force: true });
  }
}

/** Gives a file its name; false where something has it. */
function nameFile(temporary: string, target: string): boolean {
  try {
    linkSync(temporary, target);
  } catch (error) {
    if (codeOf(error) === 'EEXIST') return false;
    if (!NO_LINK.includes(codeOf(error))) throw error;
    if (lstatSync(target, { throwIfNoEntry: false })) return false;
    renameSync(temporary, target);
  }
  return true;
}

/** Takes back what `placeFiles` made: the file is in the buffer, and only there. */
export function unplaceFile(roots: MoveRoots, version: FileVersion): RemoveResult {
  const source = join(roots.source, version.path);
  const target = join(roots.storage, version.path);
  try {
    const stats = lstatSync(source, { throwIfNoEntry: false });
    // Something new has the name: what was placed is the last of its content.
    if (stats && !isVersion(stats, version)) return 'changed';
    if (!stats) {
      mkdirSync(dirname(source), { recursive: true });
      if (!nameFile(target, source)) return 'failed';
    }
    rmSync(target, { force: true });
    return 'removed';
  } catch {
    return 'failed';
  }
}

/** Removes this version of a file, and none that has come under its name since. */
export function removeVersion(root: string, version: FileVersion): RemoveResult {
  const path = join(root, version.path);
  try {
    const stats = lstatSync(path, { throwIfNoEntry: false });
    if (!stats) return 'gone';
    if (!isVersion(stats, version)) return 'changed';
    unlinkSync(path);
    return 'removed';
  } catch (error) {
    return ABSENT.includes(codeOf(error)) ? 'gone' : 'failed';
  }
}

/** A file as it is there now. */
export function lookAtFile(root: string, path: string): LookResult {
  try {
    const stats = lstatSync(join(root, path));
    return stats.isFile() ? versionOf(path, stats) : null;
  } catch (error) {
    const code = codeOf(error);
    return ABSENT.includes(code) ? null : { code };
  }
}

function isVersion(stats: Stats, version: FileVersion): boolean {
  return stats.isFile() && isSameVersion(versionOf('', stats), version, { renamed: true });
}

function flush(path: string): void {
  const file = openSync(path, 'r');
  try {
    fsyncSync(file);
  } finally {
    closeSync(file);
  }
}

function failed(error: unknown): PlaceResult {
  return { outcome: 'failed', code: codeOf(error), reason: (error as Error).message };
}
