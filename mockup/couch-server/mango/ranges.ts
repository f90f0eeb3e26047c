/**
 * What a selector says about single fields, for choosing an index: which fields every match must
 * have, and between which values. Only conditions that hold for the whole selector count.
 */
import type { JsonObject } from '../store/database.ts';
import { compareValues } from './collation.ts';
import { isOperator } from './selector.ts';

export interface Bound {
  readonly value: unknown;
  readonly inclusive: boolean;
}

export interface Range {
  readonly low?: Bound;
  readonly high?: Bound;
}

export interface SelectorFacts {
  /** Fields present in every match. */
  readonly required: ReadonlySet<string>;
  readonly ranges: ReadonlyMap<string, Range>;
}

export function selectorFacts(selector: JsonObject): SelectorFacts {
  const required = new Set<string>();
  const ranges = new Map<string, Range>();
  collect(selector, '', required, ranges);
  return { required, ranges };
}

/** True where the field can have one value only. */
export function isConstant(range: Range | undefined): boolean {
  if (!range?.low || !range.high) return false;
  return (
    range.low.inclusive &&
    range.high.inclusive &&
    compareValues(range.low.value, range.high.value) === 0
  );
}

function collect(
  selector: JsonObject,
  prefix: string,
  required: Set<string>,
  ranges: Map<string, Range>,
): void {
  for (const [key, argument] of Object.entries(selector)) {
    if (key === '$and' && Array.isArray(argument)) {
      for (const part of argument) if (isObject(part)) collect(part, prefix, required, ranges);
    } else if (key === '$or' && Array.isArray(argument)) {
      for (const field of inAllBranches(argument, prefix)) required.add(field);
    } else if (isOperator(key)) {
      if (prefix !== '') collectOperator(key, argument, prefix, required, ranges);
    } else {
      const field = prefix === '' ? key : `${prefix}.${key}`;
      if (isObject(argument) && Object.keys(argument).length > 0) {
        collect(argument, field, required, ranges);
      } else {
        collectOperator('$eq', argument, field, required, ranges);
      }
    }
  }
}

function inAllBranches(branches: readonly unknown[], prefix: string): string[] {
  const sets = branches.map((branch) => {
    const required = new Set<string>();
    if (isObject(branch)) collect(branch, prefix, required, new Map());
    return required;
  });
  const [first, ...rest] = sets;
  return first ? [...first].filter((field) => rest.every((set) => set.has(field))) : [];
}

function collectOperator(
  operator: string,
  argument: unknown,
  field: string,
  required: Set<string>,
  ranges: Map<string, Range>,
): void {
  if (operator === '$exists' && argument === false) return;
  // `$not` and `$nor` do not tell here which fields they are about.
  if (operator === '$nor') return;
  required.add(field);
  const bound = { value: argument, inclusive: operator !== '$lt' && operator !== '$gt' };
  const range = ranges.get(field) ?? {};
  if (operator === '$eq') ranges.set(field, narrow(narrow(range, 'low', bound), 'high', bound));
  else if (operator === '$gt' || operator === '$gte')
    ranges.set(field, narrow(range, 'low', bound));
  else if (operator === '$lt' || operator === '$lte')
    ranges.set(field, narrow(range, 'high', bound));
}

function narrow(range: Range, side: 'low' | 'high', bound: Bound): Range {
  const before = range[side];
  if (before) {
    const order = compareValues(bound.value, before.value) * (side === 'low' ? 1 : -1);
    if (order < 0 || (order === 0 && !before.inclusive)) return range;
  }
  return { ...range, [side]: bound };
}

const isObject = (value: unknown): value is JsonObject =>
  typeof value === 'object' && value !== null && !Array.isArray(value);
