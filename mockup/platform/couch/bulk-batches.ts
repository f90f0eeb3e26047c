// Many writes in few requests: each request has a bound in bytes, and a document that the server
// refuses fails alone. CouchDB refuses a whole request for one document that is too large.

import { DatabaseRefusedError, type WriteResult } from './database.ts';

const REQUEST_BYTES = 4_000_000;

/** Refusals that speak of a document, not of the database or who asks. */
const OF_A_DOCUMENT = new Set([400, 412, 413, 415]);

/** Writes texts of documents, in order; `write` makes one request of some of them. */
export async function writeInBatches(
  texts: readonly { id: string; json: string }[],
  write: (texts: readonly { id: string; json: string }[]) => Promise<WriteResult[]>,
): Promise<WriteResult[]> {
  const results: WriteResult[] = [];
  for (const batch of batches(texts)) results.push(...(await writeOrSplit(batch, write)));
  return results;
}

async function writeOrSplit(
  texts: readonly { id: string; json: string }[],
  write: (texts: readonly { id: string; json: string }[]) => Promise<WriteResult[]>,
): Promise<WriteResult[]> {
  try {
    return await write(texts);
  } catch (error) {
    if (!(error instanceof DatabaseRefusedError) || !OF_A_DOCUMENT.has(error.status)) throw error;
    const [only] = texts;
    if (texts.length === 1 && only) {
      const what = error.status === 413 ? 'too_large' : 'bad_request';
      return [{ id: only.id, ok: false, error: what, reason: error.message }];
    }
    const middle = texts.length >>> 1;
    const first = await writeOrSplit(texts.slice(0, middle), write);
    return [...first, ...(await writeOrSplit(texts.slice(middle), write))];
  }
}

function* batches<T extends { json: string }>(texts: readonly T[]): Generator<readonly T[]> {
  let begin = 0;
  let bytes = 0;
  for (const [index, { json }] of texts.entries()) {
    const size = Buffer.byteLength(json);
    if (index > begin && bytes + size > REQUEST_BYTES) {
      yield texts.slice(begin, index);
      begin = index;
      bytes = 0;
    }
    bytes += size;
  }
  if (begin < texts.length) yield texts.slice(begin);
}
