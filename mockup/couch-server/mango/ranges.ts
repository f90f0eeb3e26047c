/**
 * What a selector in normal form says about single fields, for choosing an index: which fields every
 * match has, and between which values. Only conditions that hold for the whole selector count.
 */
import { compareValues } from './collation.ts';
import { type Form, isOperator, partsOf } from './normal-form.ts';

export interface Bound {
  readonly value: unknown;
  readonly inclusive: boolean;
}

export interface KeyRange {
  readonly low?: Bound;
  readonly high?: Bound;
}

/** A field and its range; `empty`: no value can be all that is asked for. */
export type FieldRange = readonly [field: string, range: KeyRange | 'empty'];

const INDEXABLE = new Set(['$lt', '$lte', '$eq', '$gt', '$gte', '$beginsWith', '$exists']);
/** Sorts after every other letter. */
const LAST_LETTER = '\uffff';

/** The fields of a selector that an index can bound, in their order, each once. */
export function indexableFields(selector: Form): string[] {
  const found = new Set<string>();
  for (const [field, operator] of leavesOf(selector)) {
    if (INDEXABLE.has(operator)) found.add(field);
  }
  return [...found].sort((a, b) => Buffer.compare(Buffer.from(a), Buffer.from(b)));
}

/** The ranges of all of them; a field that can have no value stands alone. */
export function fieldRanges(selector: Form): FieldRange[] {
  const ranges: FieldRange[] = [];
  for (const field of indexableFields(selector)) {
    const range = rangeOf(selector, field);
    if (range === 'empty') return [[field, range]];
    ranges.push([field, range]);
  }
  return ranges;
}

/** Which of these fields a match may be without. */
export function missingFields(selector: Form, fields: readonly string[]): string[] {
  if (Object.keys(selector).length === 0 || fields.length === 0) return [...fields];
  const [key, argument] = partsOf(selector);
  if (key === '$and') {
    return (argument as Form[]).reduce((rest, one) => missingFields(one, rest), [...fields]);
  }
  if (key === '$or') {
    const missing = new Set((argument as Form[]).flatMap((one) => missingFields(one, fields)));
    return [...missing];
  }
  const [operator, wanted] = partsOf(argument as Form);
  const mayMiss = operator === '$exists' && wanted === false;
  return mayMiss ? [...fields] : fields.filter((field) => field !== key);
}

/** True where every match has one and the same value in this field. */
export function isConstant(selector: Form, field: string): boolean {
  return leavesOf(selector).some(([name, operator]) => name === field && operator === '$eq');
}

/** All fields a selector speaks of. */
export function fieldsOf(selector: Form): string[] {
  if (Object.keys(selector).length === 0) return [];
  const [key, argument] = partsOf(selector);
  if (Array.isArray(argument) && isOperator(key)) return (argument as Form[]).flatMap(fieldsOf);
  return [key];
}

/** True for a range of one value. */
export function isPoint({ low, high }: KeyRange): boolean {
  if (!low?.inclusive || !high?.inclusive) return false;
  return compareValues(low.value, high.value) === 0;
}

type Leaf = readonly [field: string, operator: string, argument: unknown];

/** The conditions that stand for themselves or within `$and`. */
function leavesOf(selector: Form): Leaf[] {
  if (Object.keys(selector).length === 0) return [];
  const [key, argument] = partsOf(selector);
  if (key === '$and') return (argument as Form[]).flatMap(leavesOf);
  if (isOperator(key)) return [];
  const [operator, wanted] = partsOf(argument as Form);
  return [[key, operator, wanted]];
}

function rangeOf(selector: Form, field: string): KeyRange | 'empty' {
  let range: KeyRange = {};
  for (const [name, operator, argument] of leavesOf(selector)) {
    if (name !== field) continue;
    range = narrowed(range, operator, argument);
    if (isEmpty(range)) return 'empty';
  }
  return range;
}

function narrowed(range: KeyRange, operator: string, value: unknown): KeyRange {
  switch (operator) {
    case '$eq':
      return narrow(narrow(range, 'low', value, true), 'high', value, true);
    case '$gt':
    case '$gte':
      return narrow(range, 'low', value, operator === '$gte');
    case '$lt':
    case '$lte':
      return narrow(range, 'high', value, operator === '$lte');
    case '$beginsWith':
      return narrow(narrow(range, 'low', value, true), 'high', `${value}${LAST_LETTER}`, true);
    default:
      return range;
  }
}

function narrow(
  range: KeyRange,
  side: 'low' | 'high',
  value: unknown,
  inclusive: boolean,
): KeyRange {
  const before = range[side];
  if (before) {
    const order = compareValues(value, before.value) * (side === 'low' ? 1 : -1);
    if (order < 0 || (order === 0 && !before.inclusive)) return range;
  }
  return { ...range, [side]: { value, inclusive } };
}

function isEmpty({ low, high }: KeyRange): boolean {
  if (!low || !high) return false;
  const order = compareValues(low.value, high.value);
  return order > 0 || (order === 0 && !(low.inclusive && high.inclusive));
}
