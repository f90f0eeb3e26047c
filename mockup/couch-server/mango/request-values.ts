/** Values of requests about queries and indexes, checked as CouchDB checks them. */
import { CouchError } from '../couch-error.ts';
import { termText } from './term-text.ts';

/** Throws CouchError 400 for a member that no request of this kind has. */
export function refuseOtherKeys(body: object, known: ReadonlySet<string>): void {
  const other = Object.keys(body).find((key) => !known.has(key));
  if (other === undefined) return;
  throw new CouchError(400, 'invalid_key', `Invalid key ${other} for this request.`);
}

/** An integer from 1 up. Throws CouchError 400. */
export function positive(value: unknown): number {
  if (value === undefined) return 1;
  if (Number.isSafeInteger(value) && (value as number) > 0) return value as number;
  const reason = `${termText(value)} is not an integer greater than zero`;
  throw new CouchError(400, 'invalid_pos_integer', reason);
}

/** An integer from 0 up. Throws CouchError 400. */
export function count(value: unknown, fallback: number): number {
  if (value === undefined) return fallback;
  if (Number.isSafeInteger(value) && (value as number) >= 0) return value as number;
  const reason = `${termText(value)} is not an integer greater than or equal to zero`;
  throw new CouchError(400, 'invalid_non_neg_integer', reason);
}

/** Throws CouchError 400. */
export function flag(value: unknown, fallback: boolean): boolean {
  if (value === undefined) return fallback;
  if (typeof value === 'boolean') return value;
  throw new CouchError(400, 'invalid_boolean', `Invalid boolean value: ${termText(value)}`);
}
