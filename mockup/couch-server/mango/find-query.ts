/** The body of `_find` and `_explain`, checked as CouchDB checks it. */
import { badRequest, CouchError } from '../couch-error.ts';
import { parseField } from './field-path.ts';
import { type Form, isObject, normalForm } from './normal-form.ts';
import { count, flag, positive, refuseOtherKeys } from './request-values.ts';
import { checkSelector } from './selector.ts';
import { parseSort, type Sort } from './sort.ts';
import { termText } from './term-text.ts';

export interface FindQuery {
  /** In normal form. */
  readonly selector: Form;
  readonly limit: number;
  readonly skip: number;
  /** Empty: whole documents. */
  readonly fields: readonly string[];
  readonly sort: readonly Sort[];
  /** A design document, or one and the name of an index. */
  readonly useIndex: readonly string[];
  /** False: an index that was named and does not serve the query is an error. */
  readonly allowFallback: boolean;
  readonly bookmark: string | undefined;
  readonly conflicts: boolean;
  readonly executionStats: boolean;
  /** Options that make no difference on one node, for `_explain`. */
  readonly others: { readonly r: number; readonly stale: 'ok' | false } & {
    readonly [option in 'update' | 'stable']: boolean;
  };
}

const DEFAULT_LIMIT = 25;
const KEYS = new Set([
  'selector',
  'use_index',
  'bookmark',
  'limit',
  'skip',
  'sort',
  'fields',
  'partition',
  'r',
  'conflicts',
  'stale',
  'update',
  'stable',
  'execution_stats',
  'allow_fallback',
]);

/** Throws CouchError 400. */
export function parseFindQuery(body: unknown): FindQuery {
  if (body === undefined) throw badRequest('invalid UTF-8 JSON');
  if (!isObject(body)) throw badRequest('Request body must be a JSON object');
  if (body.selector === undefined) {
    throw new CouchError(400, 'missing_required_key', 'Missing required key: selector');
  }
  const query: FindQuery = {
    selector: normalForm(checkSelector(body.selector)),
    useIndex: useIndexOf(body.use_index),
    bookmark: bookmarkOf(body.bookmark),
    limit: count(body.limit, DEFAULT_LIMIT),
    skip: count(body.skip, 0),
    sort: body.sort === undefined ? [] : parseSort(body.sort),
    fields: fieldsOf(body.fields),
    others: { r: positive(body.r), ...othersOf(body) },
    conflicts: flag(body.conflicts, false),
    executionStats: flag(body.execution_stats, false),
    allowFallback: flag(body.allow_fallback, true),
  };
  refusePartition(body.partition);
  refuseOtherKeys(body, KEYS);
  return query;
}

function othersOf(body: { readonly [key: string]: unknown }) {
  const { stale } = body;
  if (stale !== undefined && stale !== 'ok' && stale !== false && stale !== 'false') {
    throw new CouchError(400, 'invalid_ok_or_false_value', `Invalid value: ${termText(stale)}`);
  }
  const known: 'ok' | false = stale === 'ok' ? 'ok' : false;
  return { stale: known, update: flag(body.update, true), stable: flag(body.stable, false) };
}

function fieldsOf(value: unknown): string[] {
  if (value === undefined) return [];
  if (!Array.isArray(value)) {
    const reason = `Fields must be an array of strings, not: ${termText(value)}`;
    throw new CouchError(400, 'invalid_fields', reason);
  }
  for (const one of value) {
    if (typeof one === 'string') parseField(one);
    else {
      const reason = `Invalid JSON for field spec: ${termText(one)}`;
      throw new CouchError(400, 'invalid_field', reason);
    }
  }
  return value;
}

function useIndexOf(value: unknown): string[] {
  if (value === undefined || value === null) return [];
  const parts = typeof value === 'string' ? value.split('/') : value;
  if (Array.isArray(parts) && parts.every((one) => typeof one === 'string')) {
    const named = typeof value === 'string' && parts[0] === '_design' ? parts.slice(1) : parts;
    const least = typeof value === 'string' ? 1 : 0;
    if (named.length >= least && named.length <= 2) return named;
  }
  throw new CouchError(400, 'invalid_index_name', `Invalid index name: ${termText(value)}`);
}

function bookmarkOf(value: unknown): string | undefined {
  if (value === undefined || value === null || value === '') return undefined;
  if (typeof value === 'string') return value;
  throw new CouchError(400, 'invalid_bookmark', `Invalid bookmark value: ${termText(value)}`);
}

function refusePartition(value: unknown): void {
  if (value === undefined || value === '') return;
  const reason = '`partition` parameter is not supported on this db';
  throw new CouchError(400, 'query_parse_error', reason);
}
