// The bytes of objects: one file per generation, named by chance, never by the object. A file is
// there whole, or under a temporary name that the next start removes.

import { createHash, randomUUID } from 'node:crypto';
import { createReadStream, createWriteStream } from 'node:fs';
import { mkdir, open, readdir, rename, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import type { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { crc32c } from '@node-rs/crc32';
import { flush } from '../../../platform/files/durable.ts';

export interface Content {
  file: string;
  size_bytes: number;
  /** base64, as the JSON API shows it. */
  md5Hash: string;
  /** base64 of four bytes, big-endian. */
  crc32c: string;
}

const CONTENT_FILE = /^[0-9a-f-]{36}$/;

export class ContentStore {
  readonly #directory: string;

  private constructor(directory: string) {
    this.#directory = directory;
  }

  static async open(directory: string): Promise<ContentStore> {
    await mkdir(directory, { recursive: true });
    for (const name of await readdir(directory)) {
      if (name.endsWith('.part')) await rm(join(directory, name), { force: true });
    }
    return new ContentStore(directory);
  }

  /** Takes a stream to its end. What it wrote is removed where the stream fails. */
  async write(source: Readable | AsyncIterable<Uint8Array>): Promise<Content> {
    const file = randomUUID();
    const part = join(this.#directory, `${file}.part`);
    const digest = new Digest();
    try {
      await pipeline(source, digest.through(), createWriteStream(part, { flags: 'wx' }));
      await flush(part);
      await rename(part, join(this.#directory, file));
      await flush(this.#directory);
    } catch (error) {
      await rm(part, { force: true });
      throw error;
    }
    return { file, ...digest.result() };
  }

  /** A file that was written elsewhere on the same file system becomes content. */
  async adopt(path: string): Promise<Content> {
    const digest = new Digest();
    for await (const chunk of createReadStream(path)) digest.add(chunk as Buffer);
    const file = randomUUID();
    await flush(path);
    await rename(path, join(this.#directory, file));
    await flush(this.#directory);
    return { file, ...digest.result() };
  }

  read(content: Content, range?: { first: number; last: number }): Readable {
    const path = join(this.#directory, checkFile(content.file));
    return createReadStream(path, range ? { start: range.first, end: range.last } : {});
  }

  async remove(content: Pick<Content, 'file'>): Promise<void> {
    await rm(join(this.#directory, checkFile(content.file)), { force: true });
  }

  /** Moves away the files that no object has: mostly of writes that a crash cut off. */
  async moveUnknown(known: ReadonlySet<string>, aside: string): Promise<number> {
    let moved = 0;
    for (const name of await readdir(this.#directory)) {
      if (!CONTENT_FILE.test(name) || known.has(name)) continue;
      await mkdir(aside, { recursive: true });
      await rename(join(this.#directory, name), join(aside, name));
      moved += 1;
    }
    return moved;
  }
}

/** Size and both checksums of what flows through. */
class Digest {
  readonly #md5 = createHash('md5');
  #crc = 0;
  #size_bytes = 0;

  add(chunk: Buffer): void {
    this.#md5.update(chunk);
    this.#crc = crc32c(chunk, this.#crc);
    this.#size_bytes += chunk.length;
  }

  through() {
    const add = this.add.bind(this);
    return async function* (chunks: AsyncIterable<Uint8Array>) {
      for await (const chunk of chunks) {
        const bytes = Buffer.from(chunk.buffer, chunk.byteOffset, chunk.byteLength);
        add(bytes);
        yield bytes;
      }
    };
  }

  result(): Omit<Content, 'file'> {
    const crc = Buffer.alloc(4);
    crc.writeUInt32BE(this.#crc >>> 0);
    return {
      size_bytes: this.#size_bytes,
      md5Hash: this.#md5.digest('base64'),
      crc32c: crc.toString('base64'),
    };
  }
}

function checkFile(file: string): string {
  if (CONTENT_FILE.test(file)) return file;
  throw new Error(`not the name of a content file: ${JSON.stringify(file)}`);
}

export async function sizeOf(path: string): Promise<number> {
  return (await stat(path).catch(() => ({ size: 0 }))).size;
}

export async function truncateTo(path: string, size_bytes: number): Promise<void> {
  const handle = await open(path, 'r+');
  try {
    await handle.truncate(size_bytes);
  } finally {
    await handle.close();
  }
}
