/** Values of query parameters, checked as CouchDB checks them. */
import { badRequest, CouchError } from '../../couch-error.ts';
import { parseText } from './json-text.ts';

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
  if (/^\+?\d+$/.test(value)) return Math.min(Number(value), Number.MAX_SAFE_INTEGER);
  if (/^-0+$/.test(value)) return 0;
  const shown = value === '' ? '[]' : `"${value}"`;
  const kind = /^-\d+$/.test(value) ? 'positive integer' : 'integer';
  throw new CouchError(400, 'query_parse_error', `Invalid value for ${kind}: ${shown}`);
}

/** More rows than CouchDB counts. */
const LIMIT_MAX = 576460752303423487n;

/** Like `count`, for `limit`: one beyond what CouchDB takes is refused. */
export function limitCount(query: URLSearchParams): number | undefined {
  const limit = count(query, 'limit');
  if (limit === undefined || limit < Number.MAX_SAFE_INTEGER) return limit;
  if (BigInt(query.get('limit') as string) <= LIMIT_MAX) return limit;
  const reason = `Limit is too large, must not exceed ${LIMIT_MAX}`;
  throw new CouchError(400, 'query_parse_error', reason);
}

/** A parameter that holds JSON; undefined where it is absent. */
export function jsonValue(query: URLSearchParams, ...names: string[]): unknown {
  for (const name of names) {
    const value = query.get(name);
    if (value === null) continue;
    try {
      return parseText(value);
    } catch {
      throw badRequest('invalid UTF-8 JSON');
    }
  }
  return undefined;
}

/** Of a parameter that is given several times the last one counts. */
export const lastOf = (query: URLSearchParams, name: string): string | null =>
  query.getAll(name).at(-1) ?? null;

export function lastJson(query: URLSearchParams, name: string): unknown {
  const value = lastOf(query, name);
  return value === null ? undefined : jsonValue(new URLSearchParams({ [name]: value }), name);
}
