/** Chooses the index for a query by CouchDB's rules, and the stretch of it to walk. */
import { CouchError } from '../../couch-error.ts';
import { HIGHEST, KEY_MAX, rowKey } from '../../mango/collation.ts';
import type { FindQuery } from '../../mango/find-query.ts';
import { ALL_DOCS, columnsOf, type IndexDefinition } from '../../mango/index-definition.ts';
import type { Form } from '../../mango/normal-form.ts';
import {
  type FieldRange,
  fieldRanges,
  fieldsOf,
  indexableFields,
  isConstant,
  isPoint,
  type KeyRange,
  missingFields,
} from '../../mango/ranges.ts';
import type { Index } from './index-set.ts';

export interface Plan {
  /** Undefined: all documents in the order of `_id`. */
  readonly index: Index | undefined;
  readonly definition: IndexDefinition;
  /** What the first columns of the index are bound to. */
  readonly ranges: readonly KeyRange[];
  /** True where nothing can match: CouchDB does not look then. */
  readonly empty: boolean;
  readonly descending: boolean;
  /** True where the index holds all that is asked for. */
  readonly covering: boolean;
  /** All indexes that came into question, the best first; none for a scan. */
  readonly compared: readonly Candidate[];
  /** True where `use_index` named one that does not serve this query. */
  readonly wantedUnusable: boolean;
}

/** An index that serves a query, with what its first columns are bound to. */
interface Candidate {
  readonly index: Index;
  readonly ranges: readonly (KeyRange | 'empty')[];
}

/** Throws CouchError 400 (`no_usable_index`, `invalid_index`). */
export function choosePlan(query: FindQuery, indexes: readonly Index[]): Plan {
  const plan = findPlan(query, indexes);
  if (plan) return plan;
  const reason = 'No index exists for this sort, try indexing by the sort fields.';
  throw new CouchError(400, 'no_usable_index', reason);
}

/** As `choosePlan`; undefined where no index serves the query. */
export function findPlan(query: FindQuery, indexes: readonly Index[]): Plan | undefined {
  const { useIndex, selector } = query;
  const isNamed = ({ definition }: Index): boolean => namedBy(useIndex, definition);
  const usable = indexes.filter((index) => {
    const known = index.definition.partial === undefined || isNamed(index);
    return known && whyUnusable(index.definition, query) === undefined;
  });
  const scannable = whyUnscannable(query) === undefined;
  const named = useIndex.length === 0 ? [] : usable.filter(isNamed);
  const count = usable.length + (scannable ? 1 : 0);
  if (useIndex.length === 0 && count === 0) return undefined;
  if (named.length === 0 && !query.allowFallback && !(useIndex.length === 0 && count > 1)) {
    throw notSuitable(useIndex);
  }
  const ranges = fieldRanges(selector);
  const pool = named.length > 0 ? named : usable;
  const compared = rank(
    pool.map((index) => ({ index, ranges: prefixOf(index.definition, ranges) })),
    ranges,
  );
  const [best] = compared;
  if (!best) return scannable ? planScan(query, ranges) : undefined;
  const { definition } = best.index;
  return {
    ...planOf(query, definition, best.ranges),
    index: best.index,
    compared,
    covering: covers(definition, query),
    wantedUnusable: useIndex.length > 0 && named.length === 0,
  };
}

function planScan(query: FindQuery, ranges: readonly FieldRange[]): Plan {
  const [, range] = ranges.find(([field]) => field === '_id') ?? [];
  const wantedUnusable = query.useIndex.length > 0;
  const scan = { index: undefined, compared: [], covering: false, wantedUnusable };
  return { ...planOf(query, ALL_DOCS, range === undefined ? [] : [range]), ...scan };
}

function planOf(
  { sort, selector }: FindQuery,
  definition: IndexDefinition,
  ranges: readonly (KeyRange | 'empty')[],
): Pick<Plan, 'definition' | 'ranges' | 'empty' | 'descending'> {
  const empty = ranges.includes('empty') || isNothing(selector);
  return {
    definition,
    ranges: ranges.filter((range): range is KeyRange => range !== 'empty'),
    empty,
    descending: sort[0]?.direction === 'desc',
  };
}

const isNothing = ({ $and, $or }: Form): boolean =>
  [$and, $or].some((list) => Array.isArray(list) && list.length === 0);

/** The ranges of the first columns, up to one that the selector says nothing about. */
function prefixOf(
  definition: IndexDefinition,
  ranges: readonly FieldRange[],
): (KeyRange | 'empty')[] {
  const known = new Map(ranges);
  const prefix: (KeyRange | 'empty')[] = [];
  for (const column of columnsOf(definition)) {
    const range = known.get(column);
    if (range === undefined) break;
    prefix.push(range);
  }
  return prefix;
}

/** The one that bounds most fields first, then that of fewer columns, then by name. */
function rank(candidates: Candidate[], ranges: readonly FieldRange[]): Candidate[] {
  const distance = (one: Candidate): number => ranges.length - one.ranges.length;
  const columns = ({ index }: Candidate): number => index.definition.fields.length;
  const name = ({ index: { definition } }: Candidate): string =>
    `${definition.ddoc}\u0000${definition.name}`;
  return candidates.sort(
    (a, b) => distance(a) - distance(b) || columns(a) - columns(b) || (name(a) < name(b) ? -1 : 1),
  );
}

/** Why an index does not serve a query; every match must be in it, and in the order asked for. */
export function whyUnusable(
  definition: IndexDefinition,
  { selector, sort }: FindQuery,
): 'field_mismatch' | 'sort_order_mismatch' | 'needs_text_search' | undefined {
  if (Object.hasOwn(selector, '$default')) return 'needs_text_search';
  const columns = columnsOf(definition);
  const sorted = sort.map(({ name }) => name);
  const given = new Set([...sorted, '_id']);
  const needed = columns.filter((name) => !given.has(name));
  if (missingFields(selector, needed).length > 0) return 'field_mismatch';
  return canSort(columns, sorted, selector) ? undefined : 'sort_order_mismatch';
}

/** Why all documents in the order of `_id` do not serve a query. */
export function whyUnscannable({
  selector,
  sort,
}: FindQuery): 'field_mismatch' | 'sort_order_mismatch' | undefined {
  if (sort.length === 0) return undefined;
  if (!indexableFields(selector).includes('_id')) return 'field_mismatch';
  return sort.length === 1 && sort[0]?.name === '_id' ? undefined : 'sort_order_mismatch';
}

/** The sort fields are the first columns, once those that have one value only are left out. */
function canSort(columns: readonly string[], sort: readonly string[], selector: Form): boolean {
  const [first, ...rest] = columns;
  if (sort.length === 0) return true;
  if (first === undefined) return false;
  if (first === sort[0]) return sort.every((name, place) => columns[place] === name);
  return isConstant(selector, first) && canSort(rest, sort, selector);
}

/** True where the columns of an index are all that selector and fields need. */
export function covers(definition: IndexDefinition, { selector, fields }: FindQuery): boolean {
  if (fields.length === 0) return false;
  const available = new Set(['_id', ...columnsOf(definition)]);
  return [...fields, ...fieldsOf(selector)].every((field) => available.has(field));
}

/** True where `use_index` means this one. */
export function namedBy(useIndex: readonly string[], { ddoc, name }: IndexDefinition): boolean {
  const [design, index] = useIndex;
  if (design === undefined || ddoc !== `_design/${withoutPrefix(design)}`) return false;
  return index === undefined || index === name;
}

export const withoutPrefix = (ddoc: string): string => ddoc.replace(/^_design\//, '');

function notSuitable([design, name]: readonly string[]): CouchError {
  if (design === undefined) {
    const reason = 'You must specify an index with the `use_index` parameter.';
    return new CouchError(400, 'invalid_index', reason);
  }
  const what = `_design/${withoutPrefix(design)}${name === undefined ? '' : `, ${name}`}`;
  const reason = `${what} specified by \`use_index\` could not be found or it is not suitable.`;
  return new CouchError(400, 'invalid_index', reason);
}

/** The stretch of the index that can hold matches: from `low` to before `high`. */
export function keyBounds(ranges: readonly KeyRange[]): { low: Buffer; high: Buffer } {
  const open = ranges.findIndex((range) => !isPoint(range));
  const points = open < 0 ? ranges : ranges.slice(0, open);
  const range = open < 0 ? undefined : ranges[open];
  const prefix = rowKey(
    points.map(({ low }) => low?.value),
    KEY_MAX + 1,
  );
  const edge = (value: unknown, after: boolean): Buffer =>
    Buffer.concat([prefix, rowKey([value], KEY_MAX + 1), ...(after ? [HIGHEST] : [])]);
  const low = range?.low ? edge(range.low.value, !range.low.inclusive) : prefix;
  const high = range?.high
    ? edge(range.high.value, range.high.inclusive)
    : Buffer.concat([prefix, HIGHEST]);
  // Beyond what is kept both edges belong to the stretch.
  return {
    low: low.subarray(0, KEY_MAX),
    high: high.length > KEY_MAX ? Buffer.concat([high.subarray(0, KEY_MAX), HIGHEST]) : high,
  };
}
