/** The operators that look at one value. Each takes its argument, checked, and makes a test. */
import { CouchError } from '../couch-error.ts';
import { compareValues, identicalValues, rowKey } from './collation.ts';
import type { Matcher } from './matcher.ts';
import { compileRegex } from './regular-expression.ts';

const COMPARISONS_MAX = 1_000_000;

/** Below, above or equal to 0 as `a` sorts before, after or with `b`. */
export type Compare = (a: unknown, b: unknown) => number;

type Operator = (argument: unknown, compare: Compare) => Matcher;

const ordered =
  (test: (order: number) => boolean): Operator =>
  (argument, compare) =>
  (value) =>
    test(compare(value, argument));

/** Of a list each item counts, and not the list. */
function isIn(argument: unknown, compare: Compare): Matcher {
  const list = argument as readonly unknown[];
  const exact = new Set<unknown>(list);
  // A list may be long: what is no list or object is looked up, and not compared with each.
  const complex = list.filter(isComplex);
  let keys: Set<string> | undefined;
  const has = (value: unknown): boolean => {
    if (isComplex(value)) {
      return complex.some((one) => compare(value, one) === 0);
    }
    if (exact.has(value)) return true;
    if (typeof value !== 'string' || compare !== compareValues) return false;
    keys ??= new Set(list.filter((one) => typeof one === 'string').map(collationKey));
    return keys.has(collationKey(value));
  };
  return (value) => {
    if (!Array.isArray(value)) return has(value);
    requireComparable(complex.length, value.length, '$in');
    return value.some(has);
  };
}

const isComplex = (value: unknown): boolean => typeof value === 'object' && value !== null;

/** Objects are compared one by one. Throws CouchError 400 where that would hold up everybody. */
function requireComparable(wanted: number, found: number, operator: string): void {
  if (wanted * found <= COMPARISONS_MAX) return;
  throw new CouchError(400, 'bad_arg', `${operator} compares too many objects`);
}

/** The same for strings that sort as equal ones. */
const collationKey = (text: string): string => rowKey([text]).toString('latin1');

function typeOf(value: unknown): string {
  if (value === null) return 'null';
  return Array.isArray(value) ? 'array' : typeof value;
}

export const operators: { readonly [name: string]: Operator } = {
  $eq: ordered((order) => order === 0),
  $ne: ordered((order) => order !== 0),
  $lt: ordered((order) => order < 0),
  $lte: ordered((order) => order <= 0),
  $gt: ordered((order) => order > 0),
  $gte: ordered((order) => order >= 0),
  $in: isIn,
  $nin: (argument, compare) => {
    const found = isIn(argument, compare);
    return (value) => !found(value);
  },
  $exists: (argument) => () => argument === true,
  $type: (argument) => (value) => typeOf(value) === argument,
  $regex: (argument) => {
    const matches = compileRegex(argument as string) ?? (() => false);
    return (value) => typeof value === 'string' && matches(value);
  },
  $beginsWith: (argument) => (value) =>
    typeof value === 'string' && value.startsWith(argument as string),
  $size: (argument) => (value) => Array.isArray(value) && value.length === argument,
  $all: (argument) => {
    const wanted = argument as readonly unknown[];
    return (value) => {
      if (!Array.isArray(value) || wanted.length === 0) return false;
      const exact = new Set<unknown>(value);
      const complex = value.filter(isComplex);
      const has = (one: unknown): boolean =>
        isComplex(one) ? complex.some((item) => identicalValues(item, one)) : exact.has(one);
      requireComparable(wanted.filter(isComplex).length, complex.length, '$all');
      if (wanted.every(has)) return true;
      // One list alone may also be the whole value.
      return wanted.length === 1 && identicalValues(wanted[0], value);
    };
  },
  $mod: (argument) => {
    const [divisor, rest] = argument as [number, number];
    return (value) => Number.isInteger(value) && (value as number) % divisor === rest;
  },
};
