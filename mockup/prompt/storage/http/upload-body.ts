// What an upload carries: metadata and bytes, as `multipart/related` or as the bytes alone. Bytes
// that the client gave a checksum for are compared with it.

import type { IncomingMessage } from 'node:http';
import { PassThrough, type Readable } from 'node:stream';
import { Dicer } from '@fastify/busboy';
import type { Content, ContentStore } from '../content/content-store.ts';
import { invalid, StorageError } from '../storage-error.ts';

const METADATA_BYTES_MAX = 1024 * 1024;
// Source: RFC 2046.
const BOUNDARY_CHARACTERS_MAX = 70;

export interface Uploaded {
  metadata: Record<string, unknown>;
  contentType: string | undefined;
  content: Content;
}

/** The first part is metadata as JSON, the second the bytes. */
export async function readMultipart(
  request: IncomingMessage,
  store: ContentStore,
): Promise<Uploaded> {
  const [, quoted, bare] =
    /boundary=(?:"([^"]+)"|([^\s;]+))/i.exec(request.headers['content-type'] ?? '') ?? [];
  const boundary = quoted ?? bare;
  if (!boundary) throw invalid('multipart upload without a boundary');
  if (boundary.length > BOUNDARY_CHARACTERS_MAX) throw invalid('the boundary is too long');
  const dicer = new Dicer({ boundary: boundary.replaceAll(/^['"]|['"]$/g, '') });
  const parts = new Parts(dicer, store);
  try {
    await new Promise<void>((resolve, reject) => {
      parts.onFailure = reject;
      dicer.on('finish', resolve).on('error', reject);
      request.on('error', reject).on('aborted', () => reject(invalid('the upload was cut off')));
      request.pipe(dicer);
    });
    return await parts.uploaded();
  } catch (error) {
    request.unpipe(dicer);
    await parts.discard();
    if (error instanceof StorageError) throw error;
    throw invalid(`the multipart upload can't be read: ${(error as Error).message}`);
  }
}

/** The two parts as they come: what one of them fails with ends both. */
class Parts {
  onFailure: (error: Error) => void = () => {};
  readonly #store: ContentStore;
  readonly #streams: PassThrough[] = [];
  #metadata: Promise<Record<string, unknown>> | undefined;
  #content: Promise<Content> | undefined;
  #contentType: string | undefined;

  constructor(dicer: Dicer, store: ContentStore) {
    this.#store = store;
    dicer.on('part', (stream) => {
      const number = this.#streams.length + 1;
      stream.on('header', (header) => {
        const type = (header as Record<string, string[]>)['content-type']?.[0];
        if (number === 2) this.#contentType = type;
      });
      const bytes = stream.pipe(new PassThrough());
      this.#streams.push(bytes);
      stream.on('error', (error) => bytes.destroy(error));
      this.#take(number, bytes);
    });
  }

  async uploaded(): Promise<Uploaded> {
    if (!this.#metadata || !this.#content) throw invalid('a multipart upload has two parts');
    const metadata = await this.#metadata;
    return { metadata, contentType: this.#contentType, content: await this.#content };
  }

  async discard(): Promise<void> {
    for (const stream of this.#streams) stream.destroy(new Error('the upload failed'));
    const written = await this.#content?.catch(() => undefined);
    if (written) await this.#store.remove(written);
  }

  #take(number: number, bytes: PassThrough): void {
    const fail = (error: Error): void => this.onFailure(error);
    if (number === 1) {
      this.#metadata = readJson(bytes);
      this.#metadata.catch(fail);
    } else if (number === 2) {
      this.#content = this.#store.write(bytes);
      this.#content.catch(fail);
    } else fail(invalid('a multipart upload has two parts'));
  }
}

export async function readJson(stream: Readable): Promise<Record<string, unknown>> {
  const chunks: Buffer[] = [];
  let bytes = 0;
  for await (const chunk of stream) {
    bytes += (chunk as Buffer).length;
    if (bytes > METADATA_BYTES_MAX) throw new StorageError(413, 'invalid', 'metadata too long');
    chunks.push(chunk as Buffer);
  }
  const text = Buffer.concat(chunks).toString();
  if (text.trim() === '') return {};
  try {
    const value: unknown = JSON.parse(text);
    if (value && typeof value === 'object' && !Array.isArray(value)) {
      return value as Record<string, unknown>;
    }
  } catch {}
  throw invalid('Parse Error: the metadata is no JSON object');
}

/** Throws 400 where the bytes are not those that the client checked. */
export function checkChecksums(
  content: Content,
  metadata: Record<string, unknown>,
  hashHeader: string | undefined,
): void {
  const claims: [string, unknown, string][] = [
    ['md5Hash', metadata.md5Hash, content.md5Hash],
    ['crc32c', metadata.crc32c, content.crc32c],
  ];
  for (const part of (hashHeader ?? '').split(',')) {
    const [name = '', ...value] = part.trim().split('=');
    if (name === 'md5') claims.push(['md5', value.join('='), content.md5Hash]);
    if (name === 'crc32c') claims.push(['crc32c', value.join('='), content.crc32c]);
  }
  for (const [name, claimed, found] of claims) {
    if (claimed === undefined || claimed === found) continue;
    throw invalid(`Provided ${name} doesn't match calculated ${name} ${JSON.stringify(found)}.`);
  }
}
