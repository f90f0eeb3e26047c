// Many writes in few requests: each request has a bound in bytes, and a document that the server
// refuses fails alone. CouchDB refuses a whole request for one document that is too large.

import { describeError } from '../../../core/errors.ts';
import { DatabaseRefusedError, type WriteResult } from '../database.ts';

const REQUEST_BYTES = 4_000_000;

/** Refusals that speak of a document, not of the database or who asks. */
const OF_A_DOCUMENT = new Set([400, 412, 413, 415]);

interface Text {
  id: string;
  json: string;
}

/** Without `json` where there is no text of the document, for instance because it is nested too deeply. */
export function textOf(doc: { _id: string }): Text | { id: string; reason: string } {
  try {
    return { id: doc._id, json: JSON.stringify(doc) };
  } catch (error) {
    return { id: doc._id, reason: describeError(error) };
  }
}

/** Writes texts of documents, in order; `write` makes one request of some of them. */
export async function writeInBatches(
  texts: readonly ReturnType<typeof textOf>[],
  write: (texts: readonly Text[]) => Promise<WriteResult[]>,
): Promise<WriteResult[]> {
  const written: WriteResult[] = [];
  const writable = texts.filter((text) => 'json' in text);
  for (const batch of batches(writable)) written.push(...(await writeOrSplit(batch, write)));
  if (writable.length === texts.length) return written;
  const results = written.values();
  return texts.flatMap((text) => {
    if ('json' in text) return results.next().value ?? [];
    return { id: text.id, ok: false as const, error: 'bad_request', reason: text.reason };
  });
}

async function writeOrSplit(
  texts: readonly Text[],
  write: (texts: readonly Text[]) => Promise<WriteResult[]>,
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
