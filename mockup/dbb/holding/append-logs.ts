// Small append-only files as a port: what must survive a crash is written before it is acted upon.
// A line that a crash cut off is left out when it is read again.

import {
  existsSync,
  lstatSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmdirSync,
  rmSync,
} from 'node:fs';
import { type FileHandle, open } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { isFull } from './small-file.ts';

export interface AppendLog {
  readonly name: string;
  /** Adds one JSON value per line; with `flush` it is on the disk when this resolves. */
  append(values: readonly object[], options?: { flush?: boolean }): Promise<void>;
  close(): Promise<void>;
}

export interface AppendLogs {
  /** A new file, with these values in it, on the disk. Opens the one there is, for more. */
  open(name: string, values: readonly object[]): Promise<AppendLog>;
  /** Names, sorted. */
  names(): string[];
  /** What was written, as far as it is whole. */
  read(name: string): unknown[];
  remove(name: string): void;
}

const SUFFIX = '.jsonl';

/**
 * The first directory is where they are; the others, on other disks, take what does not fit there.
 * A log may have its beginning in one and its end in another.
 */
export function createAppendLogs(...directories: readonly string[]): AppendLogs {
  const pathsOf = (name: string) => directories.map((place) => join(place, `${name}${SUFFIX}`));
  return {
    async open(name, values) {
      const log = new LocalAppendLog(name, directories);
      await log.append(values, { flush: true });
      return log;
    },
    names: () => {
      const names = directories
        .filter((directory, place) => place === 0 || isOwn(directory))
        .flatMap(list)
        .filter((name) => name.endsWith(SUFFIX));
      return [...new Set(names)].map((name) => name.slice(0, -SUFFIX.length)).sort();
    },
    read: (name) =>
      pathsOf(name).flatMap((path, place) =>
        existsSync(path) && (place === 0 || isOwn(dirname(path)))
          ? parseLines(readFileSync(path, 'utf8'))
          : [],
      ),
    remove: (name) => {
      for (const path of pathsOf(name)) rmSync(path, { force: true });
      for (const spare of directories.slice(1)) removeIfEmpty(spare);
    },
  };
}

class LocalAppendLog implements AppendLog {
  readonly name: string;
  readonly #directories: readonly string[];
  #file: { place: number; handle: FileHandle } | undefined;
  /** Writes follow one another, and a close waits for them. */
  #last: Promise<void> = Promise.resolve();

  constructor(name: string, directories: readonly string[]) {
    this.name = name;
    this.#directories = directories;
  }

  append(values: readonly object[], options: { flush?: boolean } = {}): Promise<void> {
    const text = values.map((value) => `${JSON.stringify(value)}\n`).join('');
    const written = this.#last.then(() => this.#write(text, options.flush === true));
    this.#last = written.catch(() => {});
    return written;
  }

  async close(): Promise<void> {
    await this.#last;
    await this.#file?.handle.close();
    this.#file = undefined;
  }

  /** To the disk that has room for it; from then on all goes there. */
  async #write(text: string, flush: boolean): Promise<void> {
    for (let place = this.#file?.place ?? 0; ; place++) {
      try {
        const handle = await this.#handleAt(place);
        await handle.appendFile(text);
        if (flush) await handle.datasync();
        return;
      } catch (error) {
        if (!isFull(error) || place + 1 >= this.#directories.length) throw error;
        await this.#file?.handle.close().catch(() => {});
        this.#file = undefined;
      }
    }
  }

  async #handleAt(place: number): Promise<FileHandle> {
    if (this.#file?.place === place) return this.#file.handle;
    const directory = this.#directories[place] as string;
    mkdirSync(directory, { recursive: true, mode: 0o700 });
    if (place > 0 && !isOwn(directory)) throw new Error(`${directory} belongs to somebody else`);
    const handle = await open(join(directory, `${this.name}${SUFFIX}`), 'a+');
    this.#file = { place, handle };
    // What a crash, or a full disk, cut off must not spoil the line that follows.
    if (!(await endsWithLine(handle))) await handle.appendFile('\n');
    const parent = await open(directory, 'r');
    await parent.sync().finally(() => parent.close());
    return handle;
  }
}

async function endsWithLine(file: FileHandle): Promise<boolean> {
  const { size } = await file.stat();
  if (size === 0) return true;
  const { buffer } = await file.read(Buffer.alloc(1), 0, 1, size - 1);
  return buffer[0] === 0x0a;
}

function parseLines(text: string): unknown[] {
  return text.split('\n').flatMap((line): unknown[] => {
    try {
      return line === '' ? [] : [JSON.parse(line)];
    } catch {
      return [];
    }
  });
}

/** What somebody else put into a place that all can write to is not ours. */
function isOwn(directory: string): boolean {
  const stats = lstatSync(directory, { throwIfNoEntry: false });
  return stats?.isDirectory() === true && stats.uid === process.getuid?.();
}

function removeIfEmpty(directory: string): void {
  try {
    rmdirSync(directory);
  } catch {
    // Not there, or not empty.
  }
}

function list(directory: string): string[] {
  try {
    return readdirSync(directory);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return [];
    throw error;
  }
}
