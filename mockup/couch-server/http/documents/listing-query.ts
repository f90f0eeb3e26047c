/**
 * What a listing of documents is asked for: by parameters of the path, whose values are text, and by
 * members of a body, whose values are JSON. CouchDB reads both with the same words, and shows a wrong
 * one as it came.
 */
import { badRequest, CouchError } from '../../couch-error.ts';
import type { JsonObject } from '../../json-object.ts';
import { termText } from '../../mango/term-text.ts';
import { count, flag, jsonValue, limitCount } from '../wire/query.ts';

export interface ListingQuery {
  readonly low: string | undefined;
  readonly high: string | undefined;
  readonly lowInclusive: boolean;
  readonly highInclusive: boolean;
  readonly descending: boolean;
  readonly limit: number;
  readonly skip: number;
  readonly keys: readonly unknown[] | undefined;
  readonly includeDocs: boolean;
  readonly conflicts: boolean;
  readonly attachments: boolean;
  readonly encodingInfo: boolean;
  readonly updateSeq: boolean;
}

/** One parameter: as text of the path or as a JSON value of the body. */
type Given = { readonly text: string } | { readonly json: unknown };

/** Throws CouchError 400. */
export function parseListing(query: URLSearchParams, body: unknown): ListingQuery {
  return listingOf(query, body, keysOf(query, body));
}

/** One of several queries of a request. A single key is a range there. Throws CouchError 400. */
export function parseListingOfMany(query: URLSearchParams, body: unknown): ListingQuery {
  if (typeof body !== 'object' || body === null || Array.isArray(body)) {
    throw badRequest('Each of the `queries` must be a JSON object');
  }
  const keys = asObject(body).keys;
  if (keys !== undefined && !Array.isArray(keys)) {
    throw parseError('`keys` must be an array of strings.');
  }
  if (keys?.length !== 1) return listingOf(query, body, keys);
  const { keys: _keys, ...rest } = asObject(body);
  return listingOf(query, { ...rest, key: keys[0] }, undefined);
}

function listingOf(
  query: URLSearchParams,
  body: unknown,
  keys: readonly unknown[] | undefined,
): ListingQuery {
  const given = parametersOf(query, body);
  refuseViewOptions(given);
  const { start, end } = rangeOf(given);
  const descending = isOn(given, 'descending');
  const inclusive = !given.has('inclusive_end') || isOn(given, 'inclusive_end');
  return {
    low: descending ? end : start,
    high: descending ? start : end,
    lowInclusive: inclusive || !descending,
    highInclusive: inclusive || descending,
    descending,
    limit: numberOf(given, 'limit') ?? Number.MAX_SAFE_INTEGER,
    skip: numberOf(given, 'skip') ?? 0,
    keys,
    includeDocs: isOn(given, 'include_docs'),
    conflicts: isOn(given, 'conflicts'),
    attachments: isOn(given, 'attachments'),
    encodingInfo: isOn(given, 'att_encoding_info'),
    updateSeq: isOn(given, 'update_seq'),
  };
}

/** Parameters of a POST may be in its body; those of the path count more. */
function parametersOf(query: URLSearchParams, body: unknown): Map<string, Given> {
  const given = new Map<string, Given>();
  for (const [name, json] of Object.entries(asObject(body))) {
    if (name !== 'keys') given.set(name, { json });
  }
  for (const [name, text] of query) {
    // What is said last counts, also between names of one thing.
    given.delete(name);
    given.set(name, { text });
  }
  return given;
}

const asObject = (body: unknown): JsonObject => (body ?? {}) as JsonObject;

function isOn(given: ReadonlyMap<string, Given>, name: string): boolean {
  const one = given.get(name);
  if (one === undefined) return false;
  if ('text' in one) return flag(new URLSearchParams({ [name]: one.text }), name);
  if (typeof one.json === 'boolean') return one.json;
  if (one.json === 'true' || one.json === 'false') return one.json === 'true';
  throw parseError(`Invalid boolean parameter: ${JSON.stringify(one.json)}`);
}

function numberOf(given: ReadonlyMap<string, Given>, name: string): number | undefined {
  const one = given.get(name);
  if (one === undefined) return undefined;
  if ('text' in one) {
    const query = new URLSearchParams({ [name]: one.text });
    return name === 'limit' ? limitCount(query) : count(query, name);
  }
  const { json } = one;
  if (!Number.isSafeInteger(json)) {
    throw parseError(`Invalid value for integer: ${termText(json, true)}`);
  }
  if ((json as number) >= 0) return json as number;
  throw parseError(`Invalid value for positive integer: ${json}`);
}

const STARTS = new Set(['startkey', 'start_key']);
const ENDS = new Set(['endkey', 'end_key']);
const START_IDS = new Set(['startkey_docid', 'start_key_doc_id']);

/** The bounds; what is said last counts. Ids are strings, which come after all other values. */
function rangeOf(given: ReadonlyMap<string, Given>): { start?: string; end?: string } {
  const range: { start?: string; end?: string } = {};
  let startId: string | undefined;
  for (const [name, one] of given) {
    if (name === 'key' || STARTS.has(name)) range.start = boundOf(one);
    if (name === 'key' || ENDS.has(name)) range.end = boundOf(one);
    if (START_IDS.has(name)) startId = 'text' in one ? one.text : String(one.json);
  }
  if (range.start === undefined && startId !== undefined) range.start = startId;
  return range;
}

function boundOf(one: Given): string {
  const value =
    'text' in one ? jsonValue(new URLSearchParams({ value: one.text }), 'value') : one.json;
  return typeof value === 'string' ? value : '';
}

const WORDS: { readonly [name: string]: ReadonlySet<unknown> } = {
  stale: new Set(['ok', 'update_after']),
  stable: new Set(['true', 'false', true, false]),
  update: new Set(['true', 'false', 'lazy', true, false]),
};

/** Options that belong to views with a reduction, and words that must be known. */
function refuseViewOptions(given: ReadonlyMap<string, Given>): void {
  if (isOn(given, 'reduce')) throw parseError('Reduce is invalid for map-only views.');
  if (isOn(given, 'group') || (numberOf(given, 'group_level') ?? 0) > 0) {
    throw parseError('Invalid use of grouping on a map view.');
  }
  isOn(given, 'sorted');
  for (const [name, words] of Object.entries(WORDS)) {
    const one = given.get(name);
    if (one === undefined || words.has('text' in one ? one.text : one.json)) continue;
    throw parseError(`Invalid value for \`${name}\`.`);
  }
  if (given.has('partition')) {
    throw parseError('`partition` parameter is not supported on this db');
  }
}

/** A range beside keys is allowed where it names the same single key, or where there are no keys. */
function agrees(keys: readonly unknown[], given: Iterable<readonly [string, string]>): boolean {
  if (keys.length === 0) return true;
  const [key] = keys.map((one) => JSON.stringify(one));
  let start: string | undefined;
  let end: string | undefined;
  for (const [name, text] of given) {
    const both = name === 'keys' || name === 'key';
    const bound = name === 'keys' ? key : text;
    if (both || STARTS.has(name)) start = bound;
    if (both || ENDS.has(name)) end = bound;
    if (
      keys.length > 1 &&
      name !== 'keys' &&
      (name === 'key' || STARTS.has(name) || ENDS.has(name))
    )
      return false;
  }
  return start === key && end === key;
}

function keysOf(query: URLSearchParams, body: unknown): readonly unknown[] | undefined {
  if (body !== undefined && (typeof body !== 'object' || body === null || Array.isArray(body))) {
    throw badRequest('Request body must be a JSON object');
  }
  const inBody = asObject(body).keys;
  if (inBody !== undefined && !Array.isArray(inBody)) {
    throw badRequest('`keys` body member must be an array.');
  }
  const inQuery = jsonValue(query, 'keys');
  if (inQuery === undefined && inBody === undefined) return undefined;
  if (inQuery !== undefined && !Array.isArray(inQuery)) {
    throw badRequest('`keys` parameter must be an array.');
  }
  const keys = inQuery ?? inBody;
  const members = Object.entries(asObject(body));
  const given = members.map(([name, value]): [string, string] => [name, JSON.stringify(value)]);
  const one = inQuery === undefined || inBody === undefined;
  if (keys && one && agrees(keys, [...given, ...query])) return keys;
  throw parseError('`keys` is incompatible with `key`, `start_key` and `end_key`');
}

const parseError = (reason: string): CouchError =>
  new CouchError(400, 'query_parse_error', reason);
