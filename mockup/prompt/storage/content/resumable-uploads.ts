// Resumable uploads: what came so far of each is in a file, and beside it what it is to become, so
// that a client goes on after a restart of the server where it was.

import { randomBytes } from 'node:crypto';
import { createWriteStream } from 'node:fs';
import { mkdir, readdir, readFile, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import type { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { writeFlushed } from '../../../platform/files/durable.ts';
import { invalid, StorageError } from '../storage-error.ts';
import { sizeOf, truncateTo } from './content-store.ts';

export interface PendingUpload {
  bucket: string;
  name: string;
  metadata: Record<string, unknown>;
  /** Preconditions of the call that began it. */
  query: Record<string, unknown>;
}

const ID = /^[\w-]{32}$/;
const UPLOADS_MAX = 10_000;
/** As long as Google keeps them. */
const KEPT_MS = 7 * 86_400_000;

export class ResumableUploads {
  readonly #directory: string;
  readonly #now: () => number;
  readonly #busy = new Set<string>();

  private constructor(directory: string, now: () => number) {
    this.#directory = directory;
    this.#now = now;
  }

  static async open(directory: string, now: () => number): Promise<ResumableUploads> {
    await mkdir(directory, { recursive: true });
    const uploads = new ResumableUploads(directory, now);
    for (const name of await readdir(directory)) {
      const { mtimeMs } = await stat(join(directory, name));
      if (now() - mtimeMs > KEPT_MS) await rm(join(directory, name), { force: true });
    }
    return uploads;
  }

  /** Returns the id of a new upload. */
  async begin(upload: PendingUpload): Promise<string> {
    if ((await readdir(this.#directory)).length > 2 * UPLOADS_MAX) {
      throw new StorageError(429, 'rateLimitExceeded', 'too many uploads are under way');
    }
    const id = randomBytes(24).toString('base64url');
    await writeFlushed(this.#path(id, 'json'), JSON.stringify({ ...upload, begun: this.#now() }));
    return id;
  }

  /** Throws 404 for an upload that is not known (any more). */
  async get(id: unknown): Promise<PendingUpload> {
    const gone = new StorageError(404, 'notFound', 'the upload is not known');
    if (typeof id !== 'string' || !ID.test(id)) throw gone;
    const text = await readFile(this.#path(id, 'json'), 'utf8').catch(() => undefined);
    if (text === undefined) throw gone;
    return JSON.parse(text) as PendingUpload;
  }

  received(id: string): Promise<number> {
    return sizeOf(this.#path(id, 'part'));
  }

  /** Adds bytes that begin at `first`; returns how many there are now. One call at a time for each. */
  async add(id: string, first: number, bytes: Readable): Promise<number> {
    if (this.#busy.has(id)) throw new StorageError(409, 'conflict', 'the upload is being written');
    this.#busy.add(id);
    try {
      const path = this.#path(id, 'part');
      const received = await sizeOf(path);
      if (first > received) throw invalid(`bytes from ${received} on are missing`);
      if (first < received) await truncateTo(path, first);
      // What came before the client was cut off is kept: it goes on from there.
      await pipeline(bytes, createWriteStream(path, { flags: 'a' }));
      return await sizeOf(path);
    } finally {
      this.#busy.delete(id);
    }
  }

  partPath(id: string): string {
    return this.#path(id, 'part');
  }

  async end(id: string): Promise<void> {
    await rm(this.#path(id, 'json'), { force: true });
    await rm(this.#path(id, 'part'), { force: true });
  }

  #path(id: string, kind: 'json' | 'part'): string {
    return join(this.#directory, `${id}.${kind}`);
  }
}
