/**
 * JSON indexes. Their definition lives in a design document of language `query`, as CouchDB writes
 * it, so that it replicates and survives a move to another server.
 */
import { hash } from 'node:crypto';
import { CouchError } from '../couch-error.ts';
import type { JsonObject } from '../store/database.ts';
import { type FieldPath, parseField, valueAt } from './field-path.ts';
import type { Matcher } from './matcher.ts';
import { checkSelector, compileSelector } from './selector.ts';

export type Direction = 'asc' | 'desc';

export interface IndexDefinition {
  /** `_design/…`; null for the index over `_id` that every database has. */
  readonly ddoc: string | null;
  readonly name: string;
  readonly fields: readonly { readonly name: string; readonly direction: Direction }[];
  /** Only documents that match this are in the index. */
  readonly partial: JsonObject | undefined;
}

export const ALL_DOCS: IndexDefinition = {
  ddoc: null,
  name: '_all_docs',
  fields: [{ name: '_id', direction: 'asc' }],
  partial: undefined,
};

/** The body of `POST /db/_index`. Throws CouchError 400. */
export function parseIndexRequest(body: unknown): IndexDefinition {
  const request = isObject(body) ? body : {};
  const index = request.index;
  const type = request.type ?? 'json';
  if (type !== 'json') {
    throw new CouchError(
      501,
      'not_implemented',
      `Indexes of type ${String(type)} are not available`,
    );
  }
  if (!isObject(index)) throw missingKey('index');
  if (index.fields === undefined) throw missingKey('fields');
  const fields = parseSort(index.fields, 'invalid_index_fields_definition');
  if (fields.length === 0) throw missingKey('fields');
  const partial = index.partial_filter_selector ?? request.partial_filter_selector;
  if (partial !== undefined) compileSelector(partial);
  const content = JSON.stringify([fields, partial ?? null]);
  const id = hash('sha1', content);
  const ddoc = textOf(request.ddoc, 'ddoc') ?? id;
  return {
    ddoc: ddoc.startsWith('_design/') ? ddoc : `_design/${ddoc}`,
    name: textOf(request.name, 'name') ?? id,
    fields,
    partial: partial === undefined ? undefined : checkSelector(partial),
  };
}

/** `["a", {"b": "desc"}]`, as sort and index fields are written. */
export function parseSort(
  given: unknown,
  error: string,
): { readonly name: string; readonly direction: Direction }[] {
  const invalid = (): CouchError =>
    new CouchError(400, error, `Invalid field list: ${JSON.stringify(given)?.slice(0, 200)}`);
  if (!Array.isArray(given)) throw invalid();
  return given.map((one) => {
    if (typeof one === 'string') return { name: one, direction: 'asc' };
    const entries = isObject(one) ? Object.entries(one) : [];
    const [name, direction] = entries[0] ?? [];
    if (entries.length !== 1 || !name || (direction !== 'asc' && direction !== 'desc')) {
      throw invalid();
    }
    return { name, direction };
  });
}

/** The indexes that a design document defines; none where it is not one of language `query`. */
export function indexesOf(ddoc: string, body: JsonObject): IndexDefinition[] {
  const views = body.views;
  if (body.language !== 'query' || !isObject(views)) return [];
  return Object.entries(views).flatMap(([name, view]) => {
    try {
      const options = isObject(view) ? view.options : undefined;
      const def = isObject(options) ? options.def : undefined;
      if (!isObject(def)) return [];
      const fields = parseSort(def.fields, 'invalid');
      const partial = def.partial_filter_selector;
      if (partial !== undefined) compileSelector(partial);
      if (fields.length === 0) return [];
      return [{ ddoc, name, fields, partial: isObject(partial) ? partial : undefined }];
    } catch {
      // A design document that arrived by replication may hold anything; it is no index then.
      return [];
    }
  });
}

/** The view that stands for an index in its design document. */
export function viewOf(index: IndexDefinition): JsonObject {
  const map = {
    fields: Object.fromEntries(index.fields.map(({ name, direction }) => [name, direction])),
    partial_filter_selector: index.partial ?? {},
  };
  return { map, reduce: '_count', options: { def: definitionOf(index) } };
}

/** `def` as listings show it. */
export function definitionOf(index: IndexDefinition): JsonObject {
  const fields = index.fields.map(({ name, direction }) => ({ [name]: direction }));
  return index.partial === undefined
    ? { fields }
    : { fields, partial_filter_selector: index.partial };
}

/** Gives the values a document has for the index; undefined where it is not in it. */
export type Extractor = (id: string, body: JsonObject) => unknown[] | undefined;

export function extractorOf(index: IndexDefinition): Extractor {
  const paths: FieldPath[] = index.fields.map(({ name }) => parseField(name));
  const matches: Matcher | undefined = index.partial && compileSelector(index.partial);
  return (id, body) => {
    if (matches && !matches({ _id: id, ...body })) return undefined;
    const values: unknown[] = [];
    for (const path of paths) {
      const value = path[0] === '_id' ? id : valueAt(body, path);
      if (value === undefined) return undefined;
      values.push(value);
    }
    return values;
  };
}

function textOf(value: unknown, key: string): string | undefined {
  if (value === undefined) return undefined;
  if (typeof value === 'string' && value !== '') return value;
  throw new CouchError(400, 'invalid_string', `Expected a string for ${key}`);
}

const missingKey = (key: string): CouchError =>
  new CouchError(400, 'missing_required_key', `Missing required key: ${key}`);

const isObject = (value: unknown): value is JsonObject =>
  typeof value === 'object' && value !== null && !Array.isArray(value);
