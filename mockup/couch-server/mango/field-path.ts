/**
 * Field names of selectors and indexes: `a.b` is nested, `a\.b` is one name with a dot in it, and
 * `\$a` is a name that begins as an operator does.
 */
import { CouchError } from '../couch-error.ts';
import type { JsonObject } from '../json-object.ts';

export type FieldPath = readonly string[];

/** Throws CouchError 400 for a name with an empty part. */
export function parseField(name: string): FieldPath {
  if (!name.includes('.') && !name.includes('\\')) return [name];
  const parts = name.split(/(?<!\\)\./);
  if (!parts.includes('')) return parts.map((part) => part.replaceAll('\\', ''));
  throw new CouchError(400, 'invalid_field_name', `Invalid field name: ${name}`);
}

/** What there is where a path leads into a value that has no members, or beyond a list. */
export const NO_PATH = Symbol('no path');

/** The value at the path; undefined where a member is missing. Numbers are places in lists. */
export function valueAt(value: unknown, path: FieldPath): unknown {
  let at = value;
  for (const name of path) {
    if (typeof at !== 'object' || at === null) return NO_PATH;
    if (Array.isArray(at)) {
      const place = /^[+-]?\d+$/.test(name) ? Number(name) : -1;
      if (place < 0 || place >= at.length) return NO_PATH;
      at = at[place];
    } else {
      if (!Object.hasOwn(at, name)) return undefined;
      at = (at as { [key: string]: unknown })[name];
    }
  }
  return at;
}

/** Puts a value at the path of a result, making the objects in between. */
export function setAt(target: { [key: string]: unknown }, path: FieldPath, value: unknown): void {
  let at = target;
  for (const name of path.slice(0, -1)) {
    const next = Object.hasOwn(at, name) ? at[name] : undefined;
    const inner = typeof next === 'object' && next !== null ? next : {};
    define(at, name, inner);
    at = inner as { [key: string]: unknown };
  }
  define(at, path.at(-1) as string, value);
}

/** Plain assignment would take `__proto__` for something else. */
function define(target: object, name: string, value: unknown): void {
  const shape = { value, enumerable: true, configurable: true, writable: true };
  Object.defineProperty(target, name, shape);
}

/** The part of a document that `fields` name, as `_find` and the filter `_selector` show it. */
export function pickedFields(document: JsonObject, fields: readonly string[]): JsonObject {
  const picked: JsonObject = {};
  for (const field of fields) {
    const path = parseField(field);
    const value = valueAt(document, path);
    if (value !== undefined && value !== NO_PATH) setAt(picked, path, value);
  }
  return picked;
}
