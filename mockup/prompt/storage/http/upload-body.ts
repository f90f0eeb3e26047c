// What an upload carries: metadata and bytes, as `multipart/related` or as the bytes alone. Bytes
// that the client gave a checksum for are compared with it.

import type { IncomingMessage } from 'node:http';
import { PassThrough, type Readable } from 'node:stream';
import { Dicer } from '@fastify/busboy';
import type { Content, ContentStore } from '../content/content-store.ts';
import { invalid, StorageError } from '../storage-error.ts';

const METADATA_BYTES_MAX = 1024 * 1024;

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
  let part = 0;
  let metadata: Promise<Record<string, unknown>> | undefined;
  let content: Promise<Content> | undefined;
  let contentType: string | undefined;
  const dicer = new Dicer({ boundary: boundary.replaceAll(/^['"]|['"]$/g, '') });
  dicer.on('part', (stream) => {
    part += 1;
    stream.on('header', (header) => {
      const type = (header as Record<string, string[]>)['content-type']?.[0];
      if (part === 2) contentType = type;
    });
    const bytes = stream.pipe(new PassThrough());
    stream.on('error', (error) => bytes.destroy(error));
    if (part === 1) metadata = readJson(bytes);
    else if (part === 2) content = store.write(bytes);
    else bytes.resume();
    for (const wanted of [metadata, content]) wanted?.catch(() => {});
  });
  try {
    await new Promise<void>((resolve, reject) => {
      dicer.on('finish', resolve).on('error', reject);
      request.on('error', reject).on('aborted', () => reject(invalid('the upload was cut off')));
      request.pipe(dicer);
    });
    if (!metadata || !content) throw invalid('a multipart upload has two parts');
    return { metadata: await metadata, contentType, content: await content };
  } catch (error) {
    const written = await content?.catch(() => undefined);
    if (written) await store.remove(written);
    if (error instanceof StorageError) throw error;
    throw invalid(`the multipart upload can't be read: ${(error as Error).message}`);
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
