// Moving files to the holding area, each step such that a crash after it leaves something that the
// same call completes: taken away from the buffer under a private name (whoever writes there can't
// interfere any more), checked, given its name in the holding area without ever replacing one
// there, and only then the private name removed.

import { createHash } from 'node:crypto';
import {
  closeSync,
  copyFileSync,
  existsSync,
  fsyncSync,
  linkSync,
  lstatSync,
  mkdirSync,
  openSync,
  renameSync,
  rmSync,
  type Stats,
  statfsSync,
  unlinkSync,
  utimesSync,
} from 'node:fs';
import { dirname, join } from 'node:path';
import { type FileVersion, isSameVersion } from '../../core/dbb/file-version.ts';
import { checksumOf } from '../files/checksum.ts';
import { codeOf, versionOf } from '../files/scan-tree.ts';

export type OnConflict = 'version' | 'replace' | 'fail';

export interface HoldOptions {
  buffer: string;
  holding: string;
  /** For the private names; on the file system of the buffer. */
  taken: string;
  onConflict: OnConflict;
  /** Left free in the holding area, where that is another file system. */
  keepFree_bytes: number;
}

export interface HoldRequest {
  /** The private name, the same each time this is tried. */
  key: string;
  version: FileVersion;
}

/**
 * - `held`: in the holding area as `as`
 * - `changed`: the name holds other content by now; that stays in the buffer
 * - `gone`: neither in the buffer nor in the holding area
 * - `conflict`: the holding area has other content under this name, and may not lose it
 * - `failed`: the system refused; it stays in the buffer
 */
export type HoldResult =
  | { outcome: 'held'; as: string }
  | { outcome: 'changed' | 'gone' | 'conflict' }
  | { outcome: 'failed'; reason: string };

const VERSIONS_MAX = 10_000;
/** Longest name that file systems of Linux take. */
const NAME_BYTES_MAX = 255;
/** `utimes` keeps less of a time than the file system does. */
const TIME_LOST_BY_COPY_MS = 1;

/** Opened for reading: a file may be read-only, and a directory always is. */
function flush(path: string): void {
  const file = openSync(path, 'r');
  try {
    fsyncSync(file);
  } finally {
    closeSync(file);
  }
}

/** So much of a name as fits, and what tells it from others that begin the same. */
function shortened(name: string, bytes_max: number): string {
  if (Buffer.byteLength(name) <= bytes_max) return name;
  const mark = `-${createHash('sha256').update(name).digest('hex').slice(0, 8)}`;
  let short = name;
  while (Buffer.byteLength(short) + mark.length > bytes_max) {
    short = [...short].slice(0, -1).join('');
  }
  return short + mark;
}

export function holdFile(options: HoldOptions, request: HoldRequest): HoldResult {
  try {
    return new Hold(options, request).run();
  } catch (error) {
    return { outcome: 'failed', reason: (error as Error).message };
  }
}

class Hold {
  readonly #options: HoldOptions;
  readonly #version: FileVersion;
  readonly #source: string;
  readonly #taken: string;

  constructor(options: HoldOptions, { key, version }: HoldRequest) {
    this.#options = options;
    this.#version = version;
    this.#source = join(options.buffer, version.path);
    this.#taken = join(options.taken, key);
  }

  run(): HoldResult {
    const stats = this.#take();
    if (!stats) return this.#heldBefore();
    const taken = versionOf(this.#version.path, stats);
    if (!stats.isFile() || !isSameVersion(taken, this.#version, { renamed: true })) {
      this.#putBack();
      return { outcome: 'changed' };
    }
    try {
      const as = this.#place();
      if (as !== undefined) return { outcome: 'held', as };
    } catch (error) {
      this.#putBack();
      throw error;
    }
    this.#putBack();
    return { outcome: 'conflict' };
  }

  /** Undefined where the buffer has no such file. */
  #take(): Stats | undefined {
    const before = lstatSync(this.#taken, { throwIfNoEntry: false });
    if (before) return before;
    for (;;) {
      try {
        renameSync(this.#source, this.#taken);
        return lstatSync(this.#taken);
      } catch (error) {
        if (!['ENOENT', 'ENOTDIR'].includes(codeOf(error))) throw error;
        // It may be the place for private names that is gone, and not the file.
        if (existsSync(this.#options.taken)) return undefined;
        mkdirSync(this.#options.taken, { recursive: true });
      }
    }
  }

  /** After a crash the file may be in the holding area already, or an earlier version may be. */
  #heldBefore(): HoldResult {
    for (const as of this.#names()) {
      const stats = lstatSync(join(this.#options.holding, as), { throwIfNoEntry: false });
      if (!stats) break;
      const sameTime = Math.abs(stats.mtimeMs - this.#version.mtime_ms) < TIME_LOST_BY_COPY_MS;
      if (sameTime && stats.size === this.#version.size_bytes) return { outcome: 'held', as };
    }
    return { outcome: 'gone' };
  }

  /** The path in the holding area; undefined where that is taken and stays as it is. */
  #place(): string | undefined {
    for (const as of this.#names()) {
      const target = join(this.#options.holding, as);
      if (this.#linkTo(target)) return as;
      if (this.#isSameContent(target)) {
        unlinkSync(this.#taken);
        return as;
      }
      if (this.#options.onConflict === 'fail') return undefined;
      if (this.#options.onConflict === 'replace') {
        this.#replace(target);
        return as;
      }
    }
    return undefined;
  }

  /** `foo.fits`, and where that is taken `foo.fits.~2~`, `foo.fits.~3~` and so on. */
  *#names(): Generator<string> {
    const { path } = this.#version;
    yield path;
    const directory = path.slice(0, path.lastIndexOf('/') + 1);
    const name = path.slice(directory.length);
    for (let number = 2; number <= VERSIONS_MAX; number++) {
      const ending = `.~${number}~`;
      yield `${directory}${shortened(name, NAME_BYTES_MAX - ending.length)}${ending}`;
    }
  }

  /** Gives the file this name; false where there is something of that name. */
  #linkTo(target: string): boolean {
    for (;;) {
      try {
        linkSync(this.#taken, target);
        unlinkSync(this.#taken);
        return true;
      } catch (error) {
        const code = codeOf(error);
        if (code === 'EEXIST') return false;
        if (code === 'ENOENT') mkdirSync(dirname(target), { recursive: true });
        else if (code === 'EXDEV') return this.#copyTo(target);
        else if (code === 'EPERM' || code === 'ENOTSUP' || code === 'EOPNOTSUPP') {
          return this.#renameTo(target);
        } else throw error;
      }
    }
  }

  /** Where the system allows no second name; nobody else writes into the holding area. */
  #renameTo(target: string): boolean {
    if (lstatSync(target, { throwIfNoEntry: false })) return false;
    renameSync(this.#taken, target);
    return true;
  }

  #copyTo(target: string): boolean {
    if (lstatSync(target, { throwIfNoEntry: false })) return false;
    this.#nameCopy(target);
    return true;
  }

  #replace(target: string): void {
    try {
      renameSync(this.#taken, target);
    } catch (error) {
      if (codeOf(error) !== 'EXDEV') throw error;
      this.#nameCopy(target);
    }
  }

  /** The original goes when the copy and its name are on the disk. */
  #nameCopy(target: string): void {
    renameSync(this.#copy(dirname(target)), target);
    flush(dirname(target));
    unlinkSync(this.#taken);
  }

  /** A flushed copy on the file system of the holding area, under a temporary name. */
  #copy(directory: string): string {
    const { holding, keepFree_bytes } = this.#options;
    const { bavail, bsize } = statfsSync(holding);
    if (bavail * bsize < this.#version.size_bytes + keepFree_bytes) {
      throw new Error(`no room in the holding area ${holding}`);
    }
    mkdirSync(directory, { recursive: true });
    const temporary = join(directory, `.hdfmgr-${this.#taken.split('/').at(-1)}`);
    // What a crash left has the mode of its original, and may be read-only.
    rmSync(temporary, { force: true });
    copyFileSync(this.#taken, temporary);
    flush(temporary);
    const mtime_s = this.#version.mtime_ms / 1000;
    utimesSync(temporary, mtime_s, mtime_s);
    return temporary;
  }

  #isSameContent(target: string): boolean {
    const there = lstatSync(target, { throwIfNoEntry: false });
    if (!there?.isFile() || there.size !== this.#version.size_bytes) return false;
    // Numbers of inodes say nothing: the two may be on different file systems.
    return checksumOf(target) === checksumOf(this.#taken);
  }

  /** Back under its name in the buffer, unless a newer file has that: then that one counts. */
  #putBack(): void {
    try {
      linkSync(this.#taken, this.#source);
      rmSync(this.#taken);
    } catch (error) {
      if (codeOf(error) === 'EEXIST') {
        this.#keepBeside();
      } else if (!lstatSync(this.#source, { throwIfNoEntry: false })) {
        mkdirSync(dirname(this.#source), { recursive: true });
        renameSync(this.#taken, this.#source);
      }
    }
  }

  /** Replaced in the buffer before it could be put back: it is kept, under a name of its own. */
  #keepBeside(): void {
    for (const name of this.#names()) {
      if (name === this.#version.path) continue;
      try {
        linkSync(this.#taken, join(this.#options.buffer, name));
        rmSync(this.#taken);
        return;
      } catch (error) {
        if (codeOf(error) !== 'EEXIST') throw error;
      }
    }
  }
}
