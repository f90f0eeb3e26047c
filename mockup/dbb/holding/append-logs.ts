// Small append-only files as a port: what must survive a crash is written before it is acted upon.
// A line that a crash cut off is left out when it is read again.

import { mkdirSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { type FileHandle, open } from 'node:fs/promises';
import { join } from 'node:path';

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

export function createAppendLogs(directory: string): AppendLogs {
  const pathOf = (name: string) => join(directory, `${name}${SUFFIX}`);
  return {
    async open(name, values) {
      mkdirSync(directory, { recursive: true });
      const file = await open(pathOf(name), 'a+');
      // What a crash cut off must not spoil the line that follows.
      if (!(await endsWithLine(file))) await file.appendFile('\n');
      const log = new LocalAppendLog(name, file);
      await log.append(values, { flush: true });
      const parent = await open(directory, 'r');
      await parent.sync().finally(() => parent.close());
      return log;
    },
    names: () =>
      list(directory)
        .filter((name) => name.endsWith(SUFFIX))
        .map((name) => name.slice(0, -SUFFIX.length))
        .sort(),
    read: (name) => parseLines(readFileSync(pathOf(name), 'utf8')),
    remove: (name) => rmSync(pathOf(name), { force: true }),
  };
}

class LocalAppendLog implements AppendLog {
  readonly name: string;
  readonly #file: FileHandle;
  /** Writes follow one another, and a close waits for them. */
  #last: Promise<void> = Promise.resolve();

  constructor(name: string, file: FileHandle) {
    this.name = name;
    this.#file = file;
  }

  append(values: readonly object[], options: { flush?: boolean } = {}): Promise<void> {
    const text = values.map((value) => `${JSON.stringify(value)}\n`).join('');
    const written = this.#last.then(async () => {
      await this.#file.appendFile(text);
      if (options.flush) await this.#file.datasync();
    });
    this.#last = written.catch(() => {});
    return written;
  }

  async close(): Promise<void> {
    await this.#last;
    await this.#file.close();
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

function list(directory: string): string[] {
  try {
    return readdirSync(directory);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return [];
    throw error;
  }
}
