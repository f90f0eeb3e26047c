/**
 * The operators that look at one value. Each takes its argument, throws 400 `bad_arg` where that
 * makes no sense, and gives a test of a value; undefined is a missing field.
 */
import { boundedRegex } from './bounded-regex.ts';
import { compareValues, equalValues } from './collation.ts';
import { badArgument, type Matcher } from './matcher.ts';

type Operator = (argument: unknown) => Matcher;

function equals(argument: unknown): Matcher {
  if (typeof argument !== 'object' || argument === null) return (value) => value === argument;
  return (value) => equalValues(value, argument);
}

const ordered =
  (test: (order: number) => boolean): Operator =>
  (argument) =>
  (value) =>
    value !== undefined && test(compareValues(value, argument));

function isIn(operator: string, argument: unknown): Matcher {
  if (!Array.isArray(argument)) throw badArgument(operator, argument);
  const simple = new Set<unknown>(argument);
  const complex = argument.filter((one) => typeof one === 'object' && one !== null);
  const has = (value: unknown): boolean =>
    simple.has(value) || complex.some((one) => equalValues(one, value));
  return (value) => has(value) || (Array.isArray(value) && value.some(has));
}

const TYPES: { [name: string]: Matcher } = {
  null: (value) => value === null,
  boolean: (value) => typeof value === 'boolean',
  number: (value) => typeof value === 'number',
  string: (value) => typeof value === 'string',
  array: (value) => Array.isArray(value),
  object: (value) => typeof value === 'object' && value !== null && !Array.isArray(value),
};

/** PCRE's leading `(?i)` becomes a flag; the rest of the syntax is shared as far as people use it. */
function compileRegex(argument: unknown): (text: string) => boolean {
  if (typeof argument !== 'string') throw badArgument('$regex', argument);
  const inline = /^\(\?([ims]+)\)/.exec(argument);
  try {
    return boundedRegex(argument.slice(inline?.[0].length ?? 0), inline?.[1] ?? '');
  } catch {
    throw badArgument('$regex', argument);
  }
}

export const operators: { readonly [name: string]: Operator } = {
  $eq: equals,
  $ne: (argument) => {
    const same = equals(argument);
    return (value) => value !== undefined && !same(value);
  },
  $lt: ordered((order) => order < 0),
  $lte: ordered((order) => order <= 0),
  $gt: ordered((order) => order > 0),
  $gte: ordered((order) => order >= 0),
  $in: (argument) => isIn('$in', argument),
  $nin: (argument) => {
    const found = isIn('$nin', argument);
    return (value) => value !== undefined && !found(value);
  },
  $exists: (argument) => {
    if (typeof argument !== 'boolean') throw badArgument('$exists', argument);
    return (value) => (value !== undefined) === argument;
  },
  $type: (argument) => {
    const test = typeof argument === 'string' ? TYPES[argument] : undefined;
    if (!test) throw badArgument('$type', argument);
    return test;
  },
  $regex: (argument) => {
    const matches = compileRegex(argument);
    return (value) => typeof value === 'string' && matches(value);
  },
  $beginsWith: (argument) => {
    if (typeof argument !== 'string') throw badArgument('$beginsWith', argument);
    return (value) => typeof value === 'string' && value.startsWith(argument);
  },
  $size: (argument) => {
    if (!Number.isInteger(argument)) throw badArgument('$size', argument);
    return (value) => Array.isArray(value) && value.length === argument;
  },
  $all: (argument) => {
    if (!Array.isArray(argument)) throw badArgument('$all', argument);
    return (value) =>
      Array.isArray(value) &&
      argument.length > 0 &&
      argument.every((one) => value.some((item) => equalValues(item, one)));
  },
  $mod: (argument) => {
    const [divisor, rest] = Array.isArray(argument) && argument.length === 2 ? argument : [];
    if (!Number.isInteger(divisor) || !Number.isInteger(rest) || divisor === 0) {
      throw badArgument('$mod', argument);
    }
    return (value) => Number.isInteger(value) && (value as number) % divisor === rest;
  },
};
