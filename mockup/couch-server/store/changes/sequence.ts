/**
 * Update sequences as clients see them: `N-incarnation`. One of an earlier incarnation (the
 * database was deleted and made again) counts as 0, so that its reader starts over and misses nothing.
 */
import { badRequest } from '../../couch-error.ts';

export const sequenceText = (seq: number, incarnation: string): string => `${seq}-${incarnation}`;

/** The number that a client's `since` means, at most `newest`. Throws CouchError 400. */
export function parseSequence(since: string, incarnation: string, newest: number): number {
  if (since === 'now') return newest;
  if (since === '0') return 0;
  const match = /^"?(\d{1,15})-([A-Za-z0-9_-]{12,})"?$/.exec(since);
  if (!match) throw badRequest("Malformed sequence supplied in 'since' parameter.");
  if (match[2] !== incarnation) return 0;
  return Math.min(Number(match[1]), newest);
}

/** The number in a text of this incarnation; undefined for any other value. */
export function sequenceNumber(value: unknown, incarnation: string): number | undefined {
  if (typeof value !== 'string') return undefined;
  const match = /^(\d{1,15})-([A-Za-z0-9_-]+)$/.exec(value);
  return match?.[2] === incarnation ? Number(match[1]) : undefined;
}
