/** Bodies of requests that come compressed, as backup programs send them. */
import { pipeline } from 'node:stream/promises';
import { createGunzip } from 'node:zlib';
import { badRequest, CouchError } from '../../couch-error.ts';
import type { BodyShare } from './body-budget.ts';

/**
 * Throws CouchError 400, 413, 415, 503. A small body that unpacks to a huge one ends at the limit; what
 * is unpacked counts as it comes.
 */
export async function decoded(
  body: Buffer,
  coding: string,
  limit: number,
  share: BodyShare,
): Promise<Buffer> {
  if (coding === 'identity') return body;
  if (coding !== 'gzip') {
    throw new CouchError(
      415,
      'bad_content_type',
      `${coding} is not a supported content encoding.`,
    );
  }
  const pieces: Buffer[] = [];
  let size = 0;
  const take = async (unpacked: AsyncIterable<Buffer>): Promise<void> => {
    for await (const piece of unpacked) {
      size += piece.length;
      if (size > limit) throw tooLarge();
      share.grow(body.length + size);
      pieces.push(piece);
    }
  };
  try {
    await pipeline([body], createGunzip({ chunkSize: 256 * 1024 }), take);
  } catch (error) {
    if (error instanceof CouchError) throw error;
    throw badRequest('Request body is not properly gzipped.');
  }
  return Buffer.concat(pieces, size);
}

const tooLarge = (): CouchError =>
  new CouchError(413, 'too_large', 'the request entity is too large');
