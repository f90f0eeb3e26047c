/** Reads the body of a request as far as it may be long, in memory that others' bodies leave. */
import type { IncomingMessage } from 'node:http';
import { CouchError } from '../../couch-error.ts';
import type { BodyShare } from './body-budget.ts';

/** More pieces than that are joined: a piece of one byte takes a hundred times its size. */
const PIECES_MAX = 1000;

/** Throws CouchError 413, 503. */
export function readRequestBody(
  req: IncomingMessage,
  limit: number,
  share: BodyShare,
): Promise<Buffer> {
  const announced = Number(req.headers['content-length'] ?? 0);
  if (announced > limit) return Promise.reject(tooLarge());
  return new Promise((resolve, reject) => {
    let pieces: Buffer[] = [];
    let size = 0;
    const fail = (error: unknown): void => {
      req.removeAllListeners('data');
      pieces = [];
      reject(error);
    };
    const take = (piece: Buffer): void => {
      size += piece.length;
      try {
        if (size > limit) throw tooLarge();
        share.grow(size);
      } catch (error) {
        fail(error);
        return;
      }
      pieces.push(piece);
      if (pieces.length > PIECES_MAX) pieces = joined(pieces);
    };
    req.on('data', take);
    req.on('end', () => {
      resolve(pieces.length === 1 ? (pieces[0] as Buffer) : Buffer.concat(pieces, size));
    });
    req.on('error', reject);
    req.on('close', () => reject(new CouchError(400, 'bad_request', 'the request broke off')));
  });
}

/** The small ones at the end as one, so that what was joined before is not copied each time. */
function joined(pieces: readonly Buffer[]): Buffer[] {
  let from = pieces.length;
  let size = 0;
  while (from > 0 && ((pieces[from - 1] as Buffer).length <= size || pieces.length - from < 2)) {
    from--;
    size += (pieces[from] as Buffer).length;
  }
  return [...pieces.slice(0, from), Buffer.concat(pieces.slice(from), size)];
}

const tooLarge = (): CouchError =>
  new CouchError(413, 'too_large', 'the request entity is too large');
