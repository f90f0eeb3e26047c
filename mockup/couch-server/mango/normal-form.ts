/**
 * The normal form of selectors, which `_explain` shows and indexes are chosen by: each object has
 * one member; fields are whole paths around one operator; negations stand inside (`$not` of `$gt` is
 * `$lte`) except below `$elemMatch` and its kin, which look at values of their own.
 */
import { CouchError } from '../couch-error.ts';
import type { JsonObject } from '../json-object.ts';
import { badArgument } from './matcher.ts';
import { compileRegex } from './regular-expression.ts';
import { termText } from './term-text.ts';

const DEPTH_MAX = 100;
/** Every document of a scan is tried on each of them. */
const CONDITIONS_MAX = 10_000;

/** One member: a field or an operator, and what it asks. */
export type Form = JsonObject;

/** Throws CouchError 400. The normal form of a normal form is itself. */
export function normalForm(selector: JsonObject): Form {
  if (Object.keys(selector).length === 0) return {};
  requireFew(selector);
  const normal = pushNegations(addPaths(expandObject(selector, 0), ''));
  if (countOf(normal) > CONDITIONS_MAX) throw tooMany();
  if (keyOf(normal) !== '') return normal;
  const reason = 'One or more conditions is missing a field name.';
  throw new CouchError(400, 'invalid_selector', reason);
}

/** Before anything is made of them. Throws CouchError 400. */
function requireFew(selector: JsonObject): void {
  const left: unknown[] = [selector];
  let count = 0;
  for (let value = left.pop(); value !== undefined; value = left.pop()) {
    for (const [key, argument] of Object.entries(value as object)) {
      if (++count > CONDITIONS_MAX) throw tooMany();
      if (LISTS.has(key) && Array.isArray(argument)) {
        if (argument.length > CONDITIONS_MAX) throw tooMany();
        left.push(...argument.filter(isObject));
      } else if (isObject(argument) && !VALUES.has(key)) left.push(argument);
    }
  }
}

const tooMany = (): CouchError =>
  new CouchError(400, 'bad_arg', `A selector may have ${CONDITIONS_MAX} conditions at most`);

function countOf(form: Form): number {
  const [key, argument] = partsOf(form);
  if (LISTS.has(key)) return (argument as Form[]).reduce((sum, one) => sum + countOf(one), 1);
  return isObject(argument) && !VALUES.has(key) ? 1 + countOf(argument) : 1;
}

const keyOf = (form: Form): string => Object.keys(form)[0] as string;

/** The name and the argument of a form that has some. */
export const partsOf = (form: Form): [string, unknown] =>
  Object.entries(form)[0] as [string, unknown];

export const isOperator = (key: string): boolean => key.startsWith('$');

export const isObject = (value: unknown): value is JsonObject =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

/** `{[key]: value}` that is right for `__proto__` too. */
const form = (key: string, value: unknown): Form => ({ [key]: value });

/** Conditions written out: equality as `$eq`, several members as `$and`. */
function expand(value: unknown, depth: number): Form {
  if (isObject(value) && Object.keys(value).length > 0) return expandObject(value, depth);
  return form('$eq', value);
}

function expandObject(value: JsonObject, depth: number): Form {
  if (depth > DEPTH_MAX) throw new CouchError(400, 'bad_arg', 'The selector is nested too deeply');
  const entries = Object.entries(value);
  if (entries.length === 1) {
    const [key, argument] = entries[0] as [string, unknown];
    return expandMember(key, argument, depth);
  }
  return form(
    '$and',
    entries.map(([key, argument]) => expandMember(key, argument, depth + 1)),
  );
}

const LISTS = new Set(['$and', '$or', '$nor']);
/** Their arguments are values, not conditions. */
const VALUES = new Set(['$eq', '$ne', '$lt', '$lte', '$gt', '$gte', '$default']);
const NESTED = new Set(['$not', '$elemMatch', '$allMatch', '$keyMapMatch']);
const UNSUPPORTED = new Set(['$where', '$geoWithin', '$geoIntersects', '$near', '$nearSphere']);

function expandMember(key: string, argument: unknown, depth: number): Form {
  if (!isOperator(key)) return form(key, expand(argument, depth + 1));
  if (LISTS.has(key)) {
    if (!Array.isArray(argument)) throw badArgument(key, argument);
    return form(
      key,
      argument.map((one) => expand(one, depth + 1)),
    );
  }
  if (NESTED.has(key)) {
    if (!isObject(argument)) throw badArgument(key, argument);
    return form(key, expand(argument, depth + 1));
  }
  if (UNSUPPORTED.has(key)) {
    throw new CouchError(400, 'not_supported', `Unsupported operator: ${key}`);
  }
  if (key === '$text') return textForm(argument);
  const isRight = Object.hasOwn(ARGUMENTS, key) ? ARGUMENTS[key] : undefined;
  // Of these, CouchDB knows the form with a text alone.
  const textOnly = key === '$regex' || key === '$beginsWith';
  if (!isRight || (textOnly && typeof argument !== 'string')) {
    throw new CouchError(400, 'invalid_operator', `Invalid operator: ${key}`);
  }
  if (!isRight(argument)) throw badArgument(key, argument);
  return form(key, argument);
}

function textForm(argument: unknown): Form {
  if (typeof argument === 'object') throw badArgument('$text', argument);
  return form('$default', form('$text', argument));
}

const anything = (): boolean => true;
const isCount = (value: unknown): boolean => Number.isInteger(value) && (value as number) >= 0;

/** Which arguments an operator takes. */
const ARGUMENTS: { readonly [operator: string]: (argument: unknown) => boolean } = {
  $eq: anything,
  $ne: anything,
  $lt: anything,
  $lte: anything,
  $gt: anything,
  $gte: anything,
  $default: anything,
  $in: Array.isArray,
  $nin: Array.isArray,
  $all: Array.isArray,
  $exists: (value) => typeof value === 'boolean',
  $type: (value) => typeof value === 'string',
  $beginsWith: (value) => typeof value === 'string',
  $size: isCount,
  $mod: (value) => Array.isArray(value) && value.length === 2 && value.every(Number.isInteger),
  $regex: (value) => typeof value === 'string' && compileRegex(value) !== undefined,
};

/** Fields within fields become one path around each operator. */
function addPaths(given: Form, path: string): Form {
  const [key, argument] = partsOf(given);
  if (LISTS.has(key)) {
    return form(
      key,
      (argument as Form[]).map((one) => addPaths(one, path)),
    );
  }
  if (key === '$not') return form(key, addPaths(argument as Form, path));
  if (NESTED.has(key)) return form(path, form(key, addPaths(argument as Form, '')));
  if (key === '$default') {
    if (path === '') return given;
    const reason = `Invalid field normalization on selector: ${termText(given)}`;
    throw new CouchError(400, 'bad_field', reason);
  }
  if (isOperator(key)) return form(path, given);
  return addPaths(argument as Form, path === '' ? key : `${path}.${key}`);
}

function pushNegations(given: Form): Form {
  const [key, argument] = partsOf(given);
  if (key === '$not') return negation(argument as Form);
  if (key === '$nor') return form('$and', (argument as Form[]).map(negation));
  if (key === '$and' || key === '$or') return form(key, (argument as Form[]).map(pushNegations));
  return given;
}

const OPPOSITES: { readonly [operator: string]: string } = {
  $lt: '$gte',
  $lte: '$gt',
  $eq: '$ne',
  $ne: '$eq',
  $gte: '$lt',
  $gt: '$lte',
  $in: '$nin',
  $nin: '$in',
};

function negation(given: Form): Form {
  const [key, argument] = partsOf(given);
  if (key === '$not') return pushNegations(argument as Form);
  if (key === '$nor') return form('$or', (argument as Form[]).map(pushNegations));
  if (key === '$and') return form('$or', (argument as Form[]).map(negation));
  if (key === '$or') return form('$and', (argument as Form[]).map(negation));
  if (key === '$default') throw badArgument('$not', given);
  if (key === '$exists') return form(key, argument !== true);
  const opposite = Object.hasOwn(OPPOSITES, key) ? OPPOSITES[key] : undefined;
  if (opposite) return form(opposite, argument);
  if (isOperator(key)) return form('$not', given);
  return form(key, negation(argument as Form));
}
