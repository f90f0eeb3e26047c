/**
 * Attachment bytes, in chunks, beside the documents: an upload or a download of any size holds a few
 * chunks in memory. Bytes arrive before the document that names them; what no document names is
 * swept by compaction, an upload that was cut off at once (or at the next start).
 */
import { createHash, hash } from 'node:crypto';
import { Readable } from 'node:stream';
import { createGzip, gzipSync } from 'node:zlib';
import type { CommitQueue } from '../commit-queue.ts';
import type { Connection } from '../connection.ts';
import { StagedBlob } from '../documents/attachment-edit.ts';
import { gunzipsTo, type Unpacked } from './gunzips-to.ts';

const CHUNK = 128 * 1024;
/** Chunks that share one commit during an upload. */
const CHUNKS_PER_COMMIT = 4;
/** More pieces than that are joined. */
const PIECES_MAX = 1000;

const INSERT_CHUNK = 'INSERT INTO chunks (blob, n, data) VALUES (?, ?, ?)';
const INSERT_BLOB = 'INSERT INTO blobs (blob, length, digest) VALUES (?, ?, ?)';

/** Level and header as CouchDB has them, so that digests of text agree with its own. */
const GZIP = { level: 8 };
const COMPRESSIBLE = /^(text\/|application\/(javascript|json|xml))/;
/** Inline text up to here is compressed inside the transaction; more would hold up the others. */
const COMPRESS_AT_ONCE = 1024 * 1024;

export const isCompressible = (contentType: string): boolean => COMPRESSIBLE.test(contentType);

export class BlobStore {
  readonly #connection: Connection;
  readonly #queue: CommitQueue;
  #last: number;
  /** Blobs that a sweep must leave alone, with the number of their users. */
  readonly #held = new Map<number, number>();

  constructor(connection: Connection, queue: CommitQueue) {
    this.#connection = connection;
    this.#queue = queue;
    connection.sqlite.exec(`DELETE FROM chunks WHERE blob IN
      (SELECT blob FROM blobs WHERE digest IS NULL); DELETE FROM blobs WHERE digest IS NULL`);
    const row = connection.sql('SELECT max(blob) AS last FROM blobs').get();
    this.#last = (row?.last as number | null) ?? 0;
  }

  /** Stores whole data; inside a transaction. Text is compressed. */
  insert(content: Buffer, contentType: string): StagedBlob {
    const blob = ++this.#last;
    const gzip = isCompressible(contentType) && content.length <= COMPRESS_AT_ONCE;
    const data = gzip ? gzipSync(content, GZIP) : content;
    const digest = `md5-${hash('md5', data, 'base64')}`;
    this.#connection.sql(INSERT_BLOB).run(blob, data.length, digest);
    for (let n = 0; n * CHUNK < data.length; n++) {
      const chunk = data.subarray(n * CHUNK, (n + 1) * CHUNK);
      this.#connection.sql(INSERT_CHUNK).run(blob, n, chunk);
    }
    const encoded = gzip ? ({ encoding: 'gzip', length: data.length } as const) : undefined;
    return new StagedBlob(blob, content.length, digest, encoded);
  }

  /** As `stageAsIs`, but text is compressed. */
  async stage(content: AsyncIterable<Uint8Array>, contentType: string): Promise<StagedBlob> {
    if (!isCompressible(contentType)) return this.stageAsIs(content);
    let length = 0;
    async function* counted(): AsyncGenerator<Uint8Array> {
      for await (const piece of content) {
        length += piece.length;
        yield piece;
      }
    }
    const gzip = createGzip(GZIP);
    const source = Readable.from(counted(), { objectMode: false });
    source.on('error', (error) => gzip.destroy(error));
    const { blob, length: encoded, digest } = await this.stageAsIs(source.pipe(gzip));
    return new StagedBlob(blob, length, digest, { encoding: 'gzip', length: encoded });
  }

  /** Stores bytes that came compressed. */
  async stageEncoded(content: AsyncIterable<Uint8Array>, expected: Unpacked): Promise<StagedBlob> {
    let length = 0;
    async function* counted(): AsyncGenerator<Uint8Array> {
      length = yield* gunzipsTo(content, expected);
    }
    const { blob, length: encoded, digest } = await this.stageAsIs(counted());
    return new StagedBlob(blob, length, digest, { encoding: 'gzip', length: encoded });
  }

  /** Stores a stream; held until `release`. Rejects, leaving nothing, when the stream fails. */
  async stageAsIs(content: AsyncIterable<Uint8Array>): Promise<StagedBlob> {
    const blob = ++this.#last;
    this.#hold(blob);
    const md5 = createHash('md5');
    let length = 0;
    let written = 0;
    let waiting: Uint8Array[] = [];
    let size = 0;
    const store = async (last: boolean): Promise<void> => {
      const data = Buffer.concat(waiting, size);
      waiting = [];
      size = 0;
      const from = written;
      written += Math.ceil(data.length / CHUNK);
      const digest = last ? `md5-${md5.digest('base64')}` : null;
      await this.#queue.add(() => this.#append(blob, from, data, length, digest));
    };
    try {
      for await (const piece of content) {
        md5.update(piece);
        length += piece.length;
        waiting.push(piece);
        size += piece.length;
        // A piece of one byte takes a hundred times its size.
        if (waiting.length >= PIECES_MAX) waiting = [Buffer.concat(waiting, size)];
        if (size >= CHUNK * CHUNKS_PER_COMMIT) {
          // Only whole chunks, so that a byte range can be found by division.
          const all = Buffer.concat(waiting, size);
          const rest = all.subarray(size - (size % CHUNK));
          waiting = [all.subarray(0, size - rest.length)];
          size -= rest.length;
          await store(false);
          waiting = [rest];
          size = rest.length;
        }
      }
      await store(true);
    } catch (error) {
      this.release(blob);
      await this.#queue.add(() => this.#remove(blob)).catch(() => undefined);
      throw error;
    }
    const row = this.#connection.sql('SELECT digest FROM blobs WHERE blob = ?').get(blob);
    return new StagedBlob(blob, length, row?.digest as string);
  }

  /** Bytes `start` to `end`, both inclusive. */
  read(blob: number, start: number, end: number): Readable {
    return Readable.from(this.#chunks(blob, start, end), { objectMode: false });
  }

  /** All bytes at once. */
  readAll(blob: number): Buffer {
    const rows = this.#connection
      .sql('SELECT data FROM chunks WHERE blob = ? ORDER BY n')
      .all(blob);
    return Buffer.concat(rows.map((row) => row.data as Uint8Array));
  }

  /** The staged blob now belongs to a document, or is not wanted. */
  release(blob: number): void {
    const users = this.#held.get(blob) ?? 0;
    if (users > 1) this.#held.set(blob, users - 1);
    else this.#held.delete(blob);
  }

  /** Removes what is neither in `used` nor held; inside a transaction. */
  sweep(used: ReadonlySet<number>): void {
    for (const row of this.#connection.sql('SELECT blob FROM blobs').all()) {
      const blob = row.blob as number;
      if (!used.has(blob) && !this.#held.has(blob)) this.#remove(blob);
    }
  }

  *#chunks(blob: number, start: number, end: number): Generator<Uint8Array> {
    this.#hold(blob);
    try {
      for (let n = Math.floor(start / CHUNK); n * CHUNK <= end; n++) {
        const sql = 'SELECT data FROM chunks WHERE blob = ? AND n = ?';
        const data = this.#connection.sql(sql).get(blob, n)?.data as Uint8Array | undefined;
        if (!data) throw new Error(`attachment bytes are missing (blob ${blob}, chunk ${n})`);
        yield data.subarray(Math.max(0, start - n * CHUNK), end + 1 - n * CHUNK);
      }
    } finally {
      this.release(blob);
    }
  }

  #append(blob: number, from: number, data: Buffer, length: number, digest: string | null): void {
    if (from === 0) this.#connection.sql(INSERT_BLOB).run(blob, null, null);
    for (let n = 0; n * CHUNK < data.length; n++) {
      const chunk = data.subarray(n * CHUNK, (n + 1) * CHUNK);
      this.#connection.sql(INSERT_CHUNK).run(blob, from + n, chunk);
    }
    if (digest === null) return;
    const sql = 'UPDATE blobs SET length = ?, digest = ? WHERE blob = ?';
    this.#connection.sql(sql).run(length, digest, blob);
  }

  #remove(blob: number): void {
    this.#connection.sql('DELETE FROM chunks WHERE blob = ?').run(blob);
    this.#connection.sql('DELETE FROM blobs WHERE blob = ?').run(blob);
  }

  #hold(blob: number): void {
    this.#held.set(blob, (this.#held.get(blob) ?? 0) + 1);
  }
}
