/** Bodies of requests that come compressed, as backup programs send them. */
import { gunzip } from 'node:zlib';
import { badRequest, CouchError } from '../couch-error.ts';

/** Throws CouchError 400, 413, 415. A small body that unpacks to a huge one ends at the limit. */
export async function decoded(body: Buffer, coding: string, limit: number): Promise<Buffer> {
  if (coding === 'identity') return body;
  if (coding !== 'gzip') {
    throw new CouchError(
      415,
      'bad_content_type',
      `${coding} is not a supported content encoding.`,
    );
  }
  return new Promise((resolve, reject) => {
    gunzip(body, { maxOutputLength: limit }, (error: NodeJS.ErrnoException | null, content) => {
      if (!error) resolve(content);
      else if (error.code === 'ERR_BUFFER_TOO_LARGE') reject(tooLarge());
      else reject(badRequest('Request body is not properly gzipped.'));
    });
  });
}

const tooLarge = (): CouchError =>
  new CouchError(413, 'too_large', 'the request entity is too large');
