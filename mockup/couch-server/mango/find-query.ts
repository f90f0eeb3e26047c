/** The body of `_find` and `_explain`, checked. */
import { CouchError } from '../couch-error.ts';
import type { JsonObject } from '../store/database.ts';
import { parseSort } from './index-definition.ts';
import type { Sort } from './plan.ts';
import { checkSelector, isOperator } from './selector.ts';

export interface FindQuery {
  readonly selector: JsonObject;
  readonly limit: number;
  readonly skip: number;
  /** Empty: whole documents. */
  readonly fields: readonly string[];
  readonly sort: readonly Sort[];
  readonly useIndex: readonly string[];
  readonly bookmark: string | undefined;
  readonly conflicts: boolean;
  readonly executionStats: boolean;
}

const DEFAULT_LIMIT = 25;

/** Throws CouchError 400. */
export function parseFindQuery(body: unknown): FindQuery {
  const request = checkBody(body);
  if (request.selector === undefined) {
    throw new CouchError(400, 'missing_required_key', 'Missing required key: selector');
  }
  return {
    selector: checkSelector(request.selector),
    limit: count(request.limit, DEFAULT_LIMIT),
    skip: count(request.skip, 0),
    fields: fieldsOf(request.fields),
    sort: request.sort === undefined ? [] : parseSort(request.sort, 'invalid_sort_json'),
    useIndex: useIndexOf(request.use_index),
    bookmark: bookmarkOf(request.bookmark),
    conflicts: request.conflicts === true,
    executionStats: request.execution_stats === true,
  };
}

/** The selector with its equalities written out, as `_explain` shows it. */
export function normalised(selector: JsonObject): JsonObject {
  const entries = Object.entries(selector).map(([key, value]): [string, unknown] => {
    if (isOperator(key)) return [key, value];
    const nested = typeof value === 'object' && value !== null && !Array.isArray(value);
    if (!nested || Object.keys(value).length === 0) return [key, { $eq: value }];
    return [key, normalised(value as JsonObject)];
  });
  if (entries.length < 2) return Object.fromEntries(entries);
  return { $and: entries.map((entry) => Object.fromEntries([entry])) };
}

function checkBody(body: unknown): JsonObject {
  if (typeof body === 'object' && body !== null && !Array.isArray(body)) return body as JsonObject;
  throw new CouchError(400, 'bad_request', 'Request body must be a JSON object');
}

function count(value: unknown, fallback: number): number {
  if (value === undefined) return fallback;
  if (Number.isSafeInteger(value) && (value as number) >= 0) return value as number;
  const shown = JSON.stringify(value);
  throw new CouchError(400, 'invalid_non_neg_integer', `Invalid non-negative integer: ${shown}`);
}

function fieldsOf(value: unknown): string[] {
  if (value === undefined || value === 'all_fields') return [];
  if (Array.isArray(value) && value.every((one) => typeof one === 'string')) return value;
  const shown = JSON.stringify(value);
  throw new CouchError(400, 'invalid_fields', `Fields must be an array of strings, not: ${shown}`);
}

function useIndexOf(value: unknown): string[] {
  if (value === undefined) return [];
  if (typeof value === 'string') return [value];
  if (Array.isArray(value) && value.length < 3 && value.every((one) => typeof one === 'string')) {
    return value;
  }
  throw new CouchError(
    400,
    'invalid_index_name',
    'use_index must be a design document and a name',
  );
}

function bookmarkOf(value: unknown): string | undefined {
  if (value === undefined || typeof value === 'string') return value;
  throw new CouchError(400, 'invalid_bookmark', 'The bookmark must be a string');
}
