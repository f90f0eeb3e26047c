/** The `Range` header, as CouchDB reads it: one range or several, of bytes. */
import { CouchError } from '../../couch-error.ts';

export interface ByteRange {
  readonly start: number;
  /** Inclusive. */
  readonly end: number;
}

/** More of them are answered with the whole. */
const MAX_RANGES = 9;

/**
 * Undefined where the whole is to be sent: for no range, one that is none of bytes, one from the
 * beginning without an end, or too many. Throws CouchError 416.
 */
export function parseRanges(
  header: string | undefined,
  length: number,
): readonly ByteRange[] | undefined {
  const match = /^bytes=(.+)$/.exec(header ?? '');
  if (!match) return undefined;
  const ranges: ByteRange[] = [];
  for (const text of (match[1] as string).split(',')) {
    const [, from, to] = /^\s*(\d{0,15})-(\d{0,15})\s*$/.exec(text) ?? [];
    if (from === undefined || to === undefined || from + to === '') return undefined;
    if (to === '' && Number(from) === 0) return undefined;
    ranges.push(inside(from, to, length));
  }
  return ranges.length > MAX_RANGES ? undefined : ranges;
}

function inside(from: string, to: string, length: number): ByteRange {
  const last = length - 1;
  const range =
    from === ''
      ? { start: Math.max(0, length - Number(to)), end: last }
      : { start: Number(from), end: to === '' ? last : Math.min(Number(to), last) };
  if (range.start <= range.end) return range;
  const reason = 'Requested range not satisfiable';
  throw new CouchError(416, 'requested_range_not_satisfiable', reason);
}
