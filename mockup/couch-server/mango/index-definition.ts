/**
 * JSON indexes. Their definition lives in a design document of language `query`, as CouchDB writes
 * it, so that it replicates and survives a move to another server.
 */
import { hash } from 'node:crypto';
import { badRequest, CouchError } from '../couch-error.ts';
import type { JsonObject } from '../json-object.ts';
import { type FieldPath, NO_PATH, parseField, valueAt } from './field-path.ts';
import type { Matcher } from './matcher.ts';
import { isObject, normalForm } from './normal-form.ts';
import { isLinearRegex } from './regular-expression.ts';
import { positive, refuseOtherKeys } from './request-values.ts';
import { checkSelector, compileForm } from './selector.ts';
import { parseSort, parseSortField, type Sort } from './sort.ts';
import { termText } from './term-text.ts';

export interface IndexDefinition {
  /** `_design/…`; null for the index over `_id` that every database has. */
  readonly ddoc: string | null;
  readonly name: string;
  readonly fields: readonly Sort[];
  /** Only documents that match this are in the index. */
  readonly partial: JsonObject | undefined;
}

export const ALL_DOCS: IndexDefinition = {
  ddoc: null,
  name: '_all_docs',
  fields: [{ name: '_id', direction: 'asc' }],
  partial: undefined,
};

export interface IndexRequest {
  readonly definition: IndexDefinition;
  /** The index as the request has it; design documents keep that too. */
  readonly given: JsonObject;
}

export const columnsOf = (definition: IndexDefinition): string[] =>
  definition.fields.map(({ name }) => name);

const REQUEST_KEYS = new Set(['index', 'type', 'name', 'ddoc', 'w', 'partitioned']);
const INDEX_KEYS = new Set(['fields', 'partial_filter_selector']);

/** The body of `POST /db/_index`. Throws CouchError 400, 503. */
export function parseIndexRequest(body: unknown): IndexRequest {
  if (body === undefined) throw badRequest('invalid UTF-8 JSON');
  if (!isObject(body)) throw badRequest('Request body must be a JSON object');
  const { index } = body;
  if (index === undefined) throw missingKey('index');
  const type = body.type === undefined ? 'json' : stringOf(body.type);
  const name = nameOf(body.name);
  const ddoc = nameOf(body.ddoc);
  positive(body.w);
  if (body.partitioned !== undefined && body.partitioned !== false) throw noPartitions();
  refuseOtherKeys(body, REQUEST_KEYS);
  checkType(type);
  if (!isObject(index)) {
    const reason = `JSON indexes must be an object, not: ${termText(index)}`;
    throw new CouchError(400, 'invalid_index', reason);
  }
  if (index.fields === undefined) throw missingKey('fields');
  const fields = parseSort(index.fields);
  const partial = partialOf(index.partial_filter_selector);
  refuseOtherKeys(index, INDEX_KEYS);
  // Two indexes of the same fields under two names are two.
  const content = [fields, partial ?? null, ...(name === undefined ? [] : [name])];
  const id = hash('sha1', JSON.stringify(content));
  const design = ddoc ?? id;
  const definition = {
    ddoc: design.startsWith('_design/') ? design : `_design/${design}`,
    name: name ?? id,
    fields,
    partial,
  };
  return { definition, given: index };
}

/** A filter runs with every write, so that its regular expressions must be linear. */
function partialOf(given: unknown): JsonObject | undefined {
  if (given === undefined) return undefined;
  const form = normalForm(checkSelector(given));
  compileForm(form);
  requireLinear(form);
  return Object.keys(form).length === 0 ? undefined : form;
}

function requireLinear(value: unknown): void {
  if (typeof value !== 'object' || value === null) return;
  for (const [key, one] of Object.entries(value)) {
    if (key === '$regex' && typeof one === 'string' && !isLinearRegex(one)) {
      const reason = `An index takes no regular expression with look-around or back references: ${one}`;
      throw new CouchError(400, 'bad_arg', reason);
    }
    requireLinear(one);
  }
}

function checkType(type: string): void {
  if (type === 'json') return;
  if (type === 'text' || type === 'nouveau') {
    throw new CouchError(503, 'required index service unavailable', type);
  }
  throw new CouchError(400, 'invalid_index', `Invalid type for index: ${type}`);
}

function stringOf(value: unknown): string {
  if (typeof value === 'string') return value;
  throw new CouchError(400, 'invalid_string', `Invalid string: ${termText(value)}`);
}

function nameOf(value: unknown): string | undefined {
  if (value === undefined) return undefined;
  if (value !== '') return stringOf(value);
  const reason = 'Index name or ddoc cannot be empty string';
  throw new CouchError(400, 'invalid_empty_string', reason);
}

const noPartitions = (): CouchError =>
  new CouchError(400, 'invalid_partitioned_option', 'This database has no partitions');

/** The indexes that a design document defines; none where it is not one of language `query`. */
export function indexesOf(ddoc: string, body: JsonObject): IndexDefinition[] {
  const views = body.views;
  if (body.language !== 'query' || !isObject(views)) return [];
  return Object.entries(views).flatMap(([name, view]) => {
    const map = isObject(view) && isObject(view.options) ? view.map : undefined;
    if (!isObject(map) || !isObject(map.fields)) return [];
    try {
      const fields = Object.entries(map.fields).map(([field, direction]) => {
        return parseSortField({ [field]: direction });
      });
      return [{ ddoc, name, fields, partial: partialOf(map.partial_filter_selector) }];
    } catch {
      // A design document that arrived by replication may hold anything; it is no index then.
      return [];
    }
  });
}

/** The view that stands for an index in its design document. */
export function viewOf({ definition, given }: IndexRequest): JsonObject {
  const { fields, partial } = definition;
  const map = {
    fields: Object.fromEntries(fields.map(({ name, direction }) => [name, direction])),
    partial_filter_selector: partial ?? {},
  };
  return { map, reduce: '_count', options: { def: given } };
}

/** `def` as listings show it. */
export function definitionOf(index: IndexDefinition): JsonObject {
  const fields = index.fields.map(({ name, direction }) => ({ [name]: direction }));
  return index.partial === undefined
    ? { fields }
    : { fields, partial_filter_selector: index.partial };
}

/** The other way round; undefined for one that an older server took and this one does not. */
export function fromDefinition(
  ddoc: string,
  name: string,
  def: JsonObject,
): IndexDefinition | undefined {
  try {
    const partial = partialOf(def.partial_filter_selector);
    return { ddoc, name, fields: (def.fields as unknown[]).map(parseSortField), partial };
  } catch {
    return undefined;
  }
}

/** Returns the values a document has for the index; undefined where it is not in it. */
export type Extractor = (id: string, body: JsonObject) => unknown[] | undefined;

export function extractorOf(index: IndexDefinition): Extractor {
  const paths: FieldPath[] = index.fields.map(({ name }) => parseField(name));
  const matches: Matcher | undefined = index.partial && compileForm(index.partial);
  return (id, body) => {
    if (matches && !matches({ _id: id, ...body })) return undefined;
    const values: unknown[] = [];
    for (const path of paths) {
      const value = path[0] === '_id' ? id : valueAt(body, path);
      if (value === undefined || value === NO_PATH) return undefined;
      values.push(value);
    }
    return values;
  };
}

const missingKey = (key: string): CouchError =>
  new CouchError(400, 'missing_required_key', `Missing required key: ${key}`);
