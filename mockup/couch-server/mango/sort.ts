/** `["a", {"b": "desc"}]`, as sort and index fields are written. */
import { CouchError } from '../couch-error.ts';
import { isObject } from './normal-form.ts';
import { termText } from './term-text.ts';

type Direction = 'asc' | 'desc';

export interface Sort {
  readonly name: string;
  readonly direction: Direction;
}

/** Throws CouchError 400. */
export function parseSort(given: unknown): Sort[] {
  if (!Array.isArray(given)) {
    const reason = `Sort must be an array of sort specs, not: ${termText(given, true)}`;
    throw new CouchError(400, 'invalid_sort_json', reason);
  }
  const sort = given.map(parseSortField);
  if (new Set(sort.map(({ direction }) => direction)).size < 2) return sort;
  const reason = 'Sorts currently only support a single direction for all fields.';
  throw new CouchError(400, 'unsupported_mixed_sort', reason);
}

export function parseSortField(given: unknown): Sort {
  if (typeof given === 'string' && given !== '') return { name: given, direction: 'asc' };
  const entries = isObject(given) ? Object.entries(given) : [];
  const [name, direction] = entries[0] ?? [];
  if (entries.length === 1 && name !== undefined && isDirection(direction)) {
    return { name, direction };
  }
  throw new CouchError(400, 'invalid_sort_field', `Invalid sort field: ${termText(given, true)}`);
}

const isDirection = (value: unknown): value is Direction => value === 'asc' || value === 'desc';
