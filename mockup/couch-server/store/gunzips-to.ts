/**
 * Compressed bytes are stored as they come, so what a client says of them is checked on the way:
 * a small upload that grows without end would otherwise be found when somebody reads it.
 */
import { once } from 'node:events';
import { createGunzip } from 'node:zlib';
import { badRequest } from '../couch-error.ts';

/** Passes the bytes on. Throws CouchError 400 where they are not `length` bytes compressed. */
export async function* gunzipsTo(
  content: AsyncIterable<Uint8Array>,
  length: number,
): AsyncGenerator<Uint8Array> {
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
    if (failed || size !== length) {
      throw badRequest('An attachment is not what its encoding and length say');
    }
  } finally {
    gunzip.destroy();
  }
}
