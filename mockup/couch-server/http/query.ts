/** Values of query parameters, checked as CouchDB checks them. */
import { badRequest, CouchError } from '../couch-error.ts';

export function flag(query: URLSearchParams, name: string): boolean {
  const value = query.get(name);
  if (value === null || value === 'false') return false;
  if (value === 'true') return true;
  throw new CouchError(400, 'query_parse_error', `Invalid boolean parameter: "${value}"`);
}

/** A count from 0 up; undefined where the parameter is absent. */
export function count(query: URLSearchParams, name: string): number | undefined {
  const value = query.get(name);
  if (value === null) return undefined;
  if (/^\d{1,15}$/.test(value)) return Number(value);
  if (/^-\d+$/.test(value)) {
    const reason = `Invalid value for positive integer: "${value}"`;
    throw new CouchError(400, 'query_parse_error', reason);
  }
  throw new CouchError(400, 'query_parse_error', `Invalid value for integer: "${value}"`);
}

/** A parameter that holds JSON; undefined where it is absent. */
export function jsonValue(query: URLSearchParams, ...names: string[]): unknown {
  for (const name of names) {
    const value = query.get(name);
    if (value === null) continue;
    try {
      return JSON.parse(value);
    } catch {
      throw badRequest('invalid UTF-8 JSON');
    }
  }
  return undefined;
}

/** Whether a range has its end in it: unless the parameter says otherwise. */
export function inclusiveEnd(query: URLSearchParams): boolean {
  return query.get('inclusive_end') === null || flag(query, 'inclusive_end');
}
