/**
 * Mango selectors, compiled to functions: a feed matches each change against many of them. A
 * condition is about a value that is there; a missing field matches nothing but `$exists: false`.
 */
import { CouchError } from '../couch-error.ts';
import type { JsonObject } from '../json-object.ts';
import { compareRaw, compareValues } from './collation.ts';
import { NO_PATH, parseField, valueAt } from './field-path.ts';
import type { Matcher } from './matcher.ts';
import { type Form, isObject, normalForm, partsOf } from './normal-form.ts';
import { type Compare, operators } from './operators.ts';
import { termText } from './term-text.ts';

/** Throws CouchError 400 for what is no selector. */
export function compileSelector(selector: unknown): Matcher {
  return compileForm(normalForm(checkSelector(selector)));
}

/** Compiles what is in normal form already. */
export function compileForm(form: Form): Matcher {
  return Object.keys(form).length === 0 ? () => true : compile(form, compareValues);
}

/** Throws CouchError 400. */
export function checkSelector(selector: unknown): JsonObject {
  if (isObject(selector)) return selector;
  const reason = `Selector must be a JSON object, not: ${termText(selector)}`;
  throw new CouchError(400, 'invalid_selector_json', reason);
}

function compile(form: Form, compare: Compare): Matcher {
  const [key, argument] = partsOf(form);
  switch (key) {
    case '$and':
      return all((argument as Form[]).map((one) => compile(one, compare)));
    case '$or':
      return any((argument as Form[]).map((one) => compile(one, compare)));
    case '$not': {
      const inner = compile(argument as Form, compare);
      return (value) => !inner(value);
    }
    case '':
      return compile(argument as Form, compare);
    case '$nor':
      return refuseNor;
    case '$default':
      return () => true;
    case '$elemMatch':
      return someOf(compile(argument as Form, compare), (value) =>
        Array.isArray(value) ? value : [],
      );
    case '$keyMapMatch':
      return someOf(compile(argument as Form, compare), (value) =>
        isObject(value) ? Object.keys(value) : [],
      );
    case '$allMatch':
      return everyOf(compile(argument as Form, compare));
    default:
      return key.startsWith('$')
        ? (operators[key] as (typeof operators)[string])(argument, compare)
        : compileField(key, argument as Form, compare);
  }
}

function compileField(name: string, condition: Form, compare: Compare): Matcher {
  const path = parseField(name);
  const [operator, argument] = partsOf(condition);
  const ifMissing = operator === '$exists' && argument === false;
  // Ids are compared by their bytes, everywhere in CouchDB.
  const match = compile(condition, name === '_id' ? compareRaw : compare);
  const single = path.length === 1 ? (path[0] as string) : undefined;
  return (value) => {
    const found =
      single !== undefined && isObject(value)
        ? Object.hasOwn(value, single)
          ? value[single]
          : undefined
        : valueAt(value, path);
    if (found === undefined) return ifMissing;
    return found !== NO_PATH && match(found);
  };
}

const NOR = new CouchError(400, 'invalid_operator', 'Invalid operator: $nor');

/** CouchDB has no `$nor` inside of lists: whatever comes to it matches nothing. */
function refuseNor(): never {
  throw NOR;
}

function someOf(inner: Matcher, itemsOf: (value: unknown) => readonly unknown[]): Matcher {
  return (value) => {
    try {
      return itemsOf(value).some((item) => inner(item));
    } catch (error) {
      if (error === NOR) return false;
      throw error;
    }
  };
}

function everyOf(inner: Matcher): Matcher {
  return (value) => {
    try {
      return Array.isArray(value) && value.length > 0 && value.every((item) => inner(item));
    } catch (error) {
      if (error === NOR) return false;
      throw error;
    }
  };
}

function all(parts: readonly Matcher[]): Matcher {
  const [first, second] = parts;
  if (!first) return () => true;
  if (!second) return first;
  return (value) => {
    for (const part of parts) if (!part(value)) return false;
    return true;
  };
}

/** Nothing to choose from matches all, as in CouchDB (but alone it is an empty answer). */
function any(parts: readonly Matcher[]): Matcher {
  if (parts.length === 0) return () => true;
  return (value) => {
    for (const part of parts) if (part(value)) return true;
    return false;
  };
}
