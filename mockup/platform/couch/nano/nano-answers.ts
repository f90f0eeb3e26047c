// What answers of nano mean.

import { isDeepStrictEqual } from 'node:util';
import type nano from 'nano';
import type { Document, Writable, WriteResult } from '../database.ts';
import { isStatus } from '../reaching/couch-errors.ts';

export function writeResult(
  answer: nano.DocumentBulkResponse & { accepted?: boolean },
): WriteResult {
  if (answer.error === undefined) {
    const result = { id: answer.id, ok: true as const, rev: String(answer.rev) };
    return answer.accepted ? { ...result, accepted: true } : result;
  }
  if (answer.error === 'conflict') return { id: answer.id, ok: false, error: 'conflict' };
  return { id: answer.id, ok: false, error: answer.error, reason: answer.reason ?? '' };
}

/** A 404 for the document; one for the database itself, or of no CouchDB server, is an error. */
export function isMissingDocument(error: unknown): boolean {
  const { reason } = error as { reason?: string };
  return isStatus(error, 404) && reason !== undefined && reason !== 'Database does not exist.';
}

export function sameContent(one: Document, other: Writable): boolean {
  const { _rev: _one, ...a } = one;
  const { _rev: _other, ...b } = other;
  return isDeepStrictEqual(a, JSON.parse(JSON.stringify(b)));
}

export function bytesOf(content: unknown): Uint8Array {
  if (content instanceof Uint8Array) return new Uint8Array(content);
  return new TextEncoder().encode(typeof content === 'string' ? content : JSON.stringify(content));
}
