/** Holds uploads to the size that an attachment may have. */
import { CouchError } from '../../couch-error.ts';

/** Passes the bytes on; throws CouchError 413 when they are too many. */
export async function* limited(
  content: AsyncIterable<Uint8Array>,
  limit: number,
  name: string,
): AsyncGenerator<Uint8Array> {
  let size = 0;
  for await (const piece of content) {
    size += piece.length;
    if (size > limit) throw tooLarge(name);
    yield piece;
  }
}

export const tooLarge = (name: string): CouchError =>
  new CouchError(413, 'attachment_too_large', `${name} is larger than this server takes`);
