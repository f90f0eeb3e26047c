/**
 * Compressed bytes are stored as they come, so what a client says of them is checked on the way:
 * a small upload that grows without end would otherwise be found when somebody reads it.
 */
import { once } from 'node:events';
import { createGunzip } from 'node:zlib';
import { badRequest } from '../../couch-error.ts';

/** Bytes that must come out: so many, or at most so many where nobody said how many. */
export type Unpacked = { readonly length: number } | { readonly atMost: number };

/** Passes the bytes on, and gives their unpacked length. Throws CouchError 400 for another one. */
export async function* gunzipsTo(
  content: AsyncIterable<Uint8Array>,
  expected: Unpacked,
): AsyncGenerator<Uint8Array, number> {
  const length = 'length' in expected ? expected.length : expected.atMost;
  const gunzip = createGunzip();
  let size = 0;
  let failed = false;
  gunzip.on('data', (piece: Buffer) => {
    size += piece.length;
    if (size > length) gunzip.destroy();
  });
  gunzip.on('error', () => {
    failed = true;
  });
  const closed = once(gunzip, 'close').catch(() => undefined);
  try {
    for await (const piece of content) {
      yield piece;
      if (gunzip.destroyed) break;
      if (!gunzip.write(piece))
        await Promise.race([once(gunzip, 'drain'), closed]).catch(() => {});
    }
    if (!gunzip.destroyed) gunzip.end();
    await closed;
    if (failed || size > length || ('length' in expected && size !== length)) {
      throw badRequest('An attachment is not what its encoding and length say');
    }
    return size;
  } finally {
    gunzip.destroy();
  }
}
