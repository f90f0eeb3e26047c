/** Chooses the index for a query by CouchDB's rules, and the stretch of it to walk. */
import { CouchError } from '../couch-error.ts';
import type { JsonObject } from '../store/database.ts';
import { HIGHEST, rowKey } from './collation.ts';
import { ALL_DOCS, type Direction, type IndexDefinition } from './index-definition.ts';
import type { Index } from './index-set.ts';
import { isConstant, type Range, type SelectorFacts, selectorFacts } from './ranges.ts';

export interface Sort {
  readonly name: string;
  readonly direction: Direction;
}

export interface Plan {
  /** Undefined: all documents in the order of `_id`. */
  readonly index: Index | undefined;
  readonly definition: IndexDefinition;
  readonly descending: boolean;
  readonly facts: SelectorFacts;
  /** True where `use_index` named one that does not serve this query. */
  readonly wantedUnusable: boolean;
}

/** Throws CouchError 400 (`no_usable_index`, `unsupported_mixed_sort`). */
export function choosePlan(
  selector: JsonObject,
  sort: readonly Sort[],
  indexes: readonly Index[],
  useIndex: readonly string[],
): Plan {
  const descending = sort[0]?.direction === 'desc';
  if (sort.some(({ direction }) => (direction === 'desc') !== descending)) {
    const reason = 'Sorts currently only support a single direction for all fields.';
    throw new CouchError(400, 'unsupported_mixed_sort', reason);
  }
  const facts = selectorFacts(selector);
  const fields = sort.map(({ name }) => name);
  const usable = indexes.filter(({ definition }) => isUsable(definition, facts, fields));
  const wanted = useIndex.length === 0 ? [] : usable.filter((index) => isNamed(index, useIndex));
  const candidates = wanted.length > 0 ? wanted : usable.filter((one) => !one.definition.partial);
  const wantedUnusable = useIndex.length > 0 && wanted.length === 0;
  const index = candidates.sort((a, b) => compareIndexes(a, b, facts))[0];
  if (index) return { index, definition: index.definition, descending, facts, wantedUnusable };
  if (fields.length > 0 && !isUsable(ALL_DOCS, facts, fields)) {
    const reason = 'No index exists for this sort, try indexing by the sort fields.';
    throw new CouchError(400, 'no_usable_index', reason);
  }
  return { index: undefined, definition: ALL_DOCS, descending, facts, wantedUnusable };
}

const columnsOf = (definition: IndexDefinition): string[] =>
  definition.fields.map(({ name }) => name);

/** Every match must be in the index: the selector needs all its fields (or the sort does). */
function isUsable(
  definition: IndexDefinition,
  facts: SelectorFacts,
  sort: readonly string[],
): boolean {
  const columns = columnsOf(definition);
  const covered = columns.every(
    (name) =>
      facts.required.has(name) ||
      (definition.ddoc !== null && (sort.includes(name) || name === '_id')),
  );
  return covered && canSort(columns, sort, facts);
}

/** The sort fields are the first columns, once those that have one value only are left out. */
function canSort(
  columns: readonly string[],
  sort: readonly string[],
  facts: SelectorFacts,
): boolean {
  if (sort.every((name, place) => columns[place] === name)) return true;
  const [first, ...rest] = columns;
  return first !== undefined && isConstant(facts.ranges.get(first)) && canSort(rest, sort, facts);
}

function isNamed({ definition }: Index, useIndex: readonly string[]): boolean {
  const [ddoc, name] = useIndex;
  const id = ddoc?.startsWith('_design/') ? ddoc : `_design/${ddoc}`;
  return definition.ddoc === id && (name === undefined || definition.name === name);
}

/** Most columns bounded, then fewest columns, then by name. */
function compareIndexes(a: Index, b: Index, facts: SelectorFacts): number {
  const open = ({ definition }: Index): number =>
    definition.fields.length - boundedColumns(definition, facts);
  const columns = a.definition.fields.length - b.definition.fields.length;
  const names = (index: Index): string => `${index.definition.ddoc} ${index.definition.name}`;
  return open(a) - open(b) || columns || (names(a) < names(b) ? -1 : 1);
}

function boundedColumns(definition: IndexDefinition, facts: SelectorFacts): number {
  const place = columnsOf(definition).findIndex((name) => !facts.ranges.has(name));
  return place < 0 ? definition.fields.length : place;
}

/** The stretch of the index that can hold matches: from `low` to before `high`. */
export function keyBounds(
  definition: IndexDefinition,
  facts: SelectorFacts,
): { low: Buffer; high: Buffer } {
  const constants: unknown[] = [];
  let range: Range | undefined;
  for (const name of columnsOf(definition)) {
    range = facts.ranges.get(name);
    if (!isConstant(range)) break;
    constants.push(range?.low?.value);
    range = undefined;
  }
  const prefix = rowKey(constants);
  const edge = (value: unknown, after: boolean): Buffer =>
    Buffer.concat([prefix, rowKey([value]), ...(after ? [HIGHEST] : [])]);
  return {
    low: range?.low ? edge(range.low.value, !range.low.inclusive) : prefix,
    high: range?.high
      ? edge(range.high.value, range.high.inclusive)
      : Buffer.concat([prefix, HIGHEST]),
  };
}
