// Mango selectors, compiled once and then asked of every document. Where CouchDB differs from what
// one expects, it is CouchDB's answer: comparisons reach across types, and `$ne`, `$nin` and `$not`
// on a field skip documents that do not have the field.

import { DatabaseRefusedError } from '../../platform/couch/database.ts';
import { compareValues } from './collation.ts';

/** Asked of a document, or of the value of a field (undefined: the field is not there). */
export type Matcher = (value: unknown) => boolean;

/** Throws DatabaseRefusedError (400) for a selector that CouchDB would refuse. */
export function compileSelector(selector: unknown): Matcher {
  if (!isObject(selector)) throw bad('expected a JSON object', selector);
  return all(Object.entries(selector).map(([key, operand]) => memberMatcher(key, operand)));
}

/** One member of a selector object: a combination of selectors, an operator or a field. */
function memberMatcher(key: string, operand: unknown): Matcher {
  if (key.startsWith('$')) return operatorMatcher(key, operand);
  const path = parseFieldName(key);
  const matches = isObject(operand) && !isEmpty(operand) ? compileSelector(operand) : is(operand);
  return (value) => matches(valueAt(value, path));
}

function operatorMatcher(operator: string, operand: unknown): Matcher {
  const build = operators[operator];
  if (!build) throw bad('unknown operator', operator);
  return build(operand);
}

const operators: Record<string, (operand: unknown) => Matcher> = {
  $and: (operand) => all(selectorsOf(operand)),
  $or: (operand) => any(selectorsOf(operand)),
  $nor: (operand) => not(any(selectorsOf(operand))),
  $not(operand) {
    const matches = compileSelector(isObject(operand) ? operand : { $eq: operand });
    return existing(not(matches));
  },
  $eq: (operand) => is(operand),
  $ne: (operand) => existing(not(is(operand))),
  $lt: (operand) => existing((value) => compareValues(value, operand) < 0),
  $lte: (operand) => existing((value) => compareValues(value, operand) <= 0),
  $gt: (operand) => existing((value) => compareValues(value, operand) > 0),
  $gte: (operand) => existing((value) => compareValues(value, operand) >= 0),
  $exists: (operand) => (value) => (value !== undefined) === operand,
  $type: (operand) => (value) => typeName(value) === operand,
  $in: (operand) => oneOf(listOf(operand)),
  $nin: (operand) => existing(not(oneOf(listOf(operand)))),
  $all(operand) {
    const wanted = listOf(operand).map(is);
    return (value) => Array.isArray(value) && wanted.every((matches) => value.some(matches));
  },
  $size: (operand) => (value) => Array.isArray(value) && value.length === operand,
  $mod(operand) {
    const [divisor, remainder] = listOf(operand);
    if (!Number.isInteger(divisor) || divisor === 0 || !Number.isInteger(remainder)) {
      throw bad('$mod expects a divisor and a remainder', operand);
    }
    return (value) => Number.isInteger(value) && Number(value) % Number(divisor) === remainder;
  },
  $regex(operand) {
    const expression = regularExpression(operand);
    return (value) => typeof value === 'string' && expression.test(value);
  },
  $beginsWith(operand) {
    if (typeof operand !== 'string') throw bad('$beginsWith expects a string', operand);
    return (value) => typeof value === 'string' && value.startsWith(operand);
  },
  $elemMatch(operand) {
    const matches = compileSelector(operand);
    return (value) => Array.isArray(value) && value.some(matches);
  },
  $allMatch(operand) {
    const matches = compileSelector(operand);
    return (value) => Array.isArray(value) && value.length > 0 && value.every(matches);
  },
};

/** `a.b` is the field `b` in `a`; `a\.b` one field with a dot in its name. */
export function parseFieldName(name: string): string[] {
  return name.split(/(?<!\\)\./).map((part) => part.replaceAll('\\.', '.'));
}

export function valueAt(value: unknown, path: readonly string[]): unknown {
  let current = value;
  for (const name of path) {
    if (typeof current !== 'object' || current === null || !Object.hasOwn(current, name)) {
      return undefined;
    }
    current = (current as Record<string, unknown>)[name];
  }
  return current;
}

const all = (matchers: Matcher[]): Matcher => {
  const [only] = matchers;
  if (only && matchers.length === 1) return only;
  return (value) => matchers.every((matches) => matches(value));
};
const any = (matchers: Matcher[]): Matcher => {
  return (value) => matchers.some((matches) => matches(value));
};
const not = (matches: Matcher): Matcher => {
  return (value) => !matches(value);
};
const existing = (matches: Matcher): Matcher => {
  return (value) => value !== undefined && matches(value);
};
const is = (operand: unknown): Matcher => {
  return (value) => value !== undefined && compareValues(value, operand) === 0;
};
const oneOf = (operands: unknown[]): Matcher => {
  const matches = any(operands.map(is));
  return (value) => matches(value) || (Array.isArray(value) && value.some(matches));
};

function selectorsOf(operand: unknown): Matcher[] {
  return listOf(operand).map(compileSelector);
}

function listOf(operand: unknown): unknown[] {
  if (!Array.isArray(operand)) throw bad('expected a list', operand);
  return operand;
}

function regularExpression(operand: unknown): RegExp {
  if (typeof operand !== 'string') throw bad('$regex expects a string', operand);
  try {
    return new RegExp(operand);
  } catch {
    throw bad('not a regular expression', operand);
  }
}

function typeName(value: unknown): string {
  if (value === null) return 'null';
  return Array.isArray(value) ? 'array' : typeof value;
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function isEmpty(value: object): boolean {
  return Object.keys(value).length === 0;
}

function bad(what: string, value: unknown): DatabaseRefusedError {
  return new DatabaseRefusedError(400, `bad selector: ${what}: ${JSON.stringify(value)}`);
}
