/** What `_explain` tells of a query: its plan, and what speaks against each other index. */
import type { JsonObject } from '../../json-object.ts';
import type { FindQuery } from '../../mango/find-query.ts';
import { ALL_DOCS, definitionOf, type IndexDefinition } from '../../mango/index-definition.ts';
import { fieldRanges, fieldsOf, indexableFields, type KeyRange } from '../../mango/ranges.ts';
import type { Index } from './index-set.ts';
import { covers, findPlan, namedBy, type Plan, whyUnscannable, whyUnusable } from './plan.ts';

const MAX = '<MAX>';

export function explain(name: string, query: FindQuery, indexes: readonly Index[]): JsonObject {
  const plan = findPlan(query, indexes);
  const { selector, limit, skip, fields, bookmark, others } = query;
  const indexable = indexableFields(selector);
  const unindexable = [...new Set(fieldsOf(selector))].filter((one) => !indexable.includes(one));
  return {
    dbname: name,
    index: plan ? shownIndex(plan.definition) : null,
    partitioned: false,
    selector,
    opts: {
      use_index: query.useIndex,
      bookmark: bookmark ?? 'nil',
      limit,
      skip,
      sort: Object.fromEntries(query.sort.map((one) => [one.name, one.direction])),
      fields,
      partition: '',
      r: others.r,
      conflicts: query.conflicts,
      stale: others.stale,
      update: others.update,
      stable: others.stable,
      execution_stats: query.executionStats,
      allow_fallback: query.allowFallback,
    },
    limit,
    skip,
    fields,
    index_candidates: candidates(query, indexes, plan),
    selector_hints: [
      { type: 'json', indexable_fields: indexable, unindexable_fields: unindexable.sort() },
    ],
    ...(plan && { mrargs: viewArguments(query, plan), covering: plan.covering }),
  };
}

/** An index as `_index` and `_explain` show it. */
export function shownIndex(index: IndexDefinition): JsonObject {
  const { ddoc, name } = index;
  if (ddoc === null) return { ddoc, name, type: 'special', def: definitionOf(index) };
  return { ddoc, name, type: 'json', partitioned: false, def: definitionOf(index) };
}

/** The arguments that CouchDB would ask its view with. */
function viewArguments({ others, conflicts }: FindQuery, plan: Plan): JsonObject {
  const { covering, descending } = plan;
  const [start, end] = plan.empty ? [null, null] : plan.index ? viewKeys(plan) : idKeys(plan);
  return {
    include_docs: others.r === 1 && !covering,
    view_type: 'map',
    reduce: false,
    partition: null,
    start_key: descending ? end : start,
    end_key: descending ? start : end,
    direction: descending ? 'rev' : 'fwd',
    stable: others.stale === 'ok' || others.stable,
    update: others.stale !== 'ok' && others.update,
    conflicts: conflicts ? true : 'undefined',
  };
}

function viewKeys({ ranges }: Plan): [unknown[], unknown[]] {
  const start = ranges.slice(0, lengthOf(ranges, 'low')).map(({ low }) => low?.value);
  const end = ranges.slice(0, lengthOf(ranges, 'high')).map(({ high }) => high?.value);
  return [start, [...end, MAX]];
}

function lengthOf(ranges: readonly KeyRange[], side: 'low' | 'high'): number {
  const open = ranges.findIndex((range) => range[side] === undefined);
  return open < 0 ? ranges.length : open;
}

function idKeys({ ranges: [range] }: Plan): [unknown, unknown] {
  const high = range?.high ? range.high.value : MAX;
  if (range === undefined) return [null, high];
  return [range.low ? range.low.value : '', high];
}

type Reason = NonNullable<ReturnType<typeof whyUnusable | typeof whyUnscannable>>;

interface Verdict {
  readonly reason:
    | Reason
    | 'is_partial'
    | 'excluded_by_user'
    | 'unfavored_type'
    | 'less_overlap'
    | 'too_many_fields'
    | 'alphabetically_comes_after';
  /** Its place among those of the same kind that were compared; undefined for all others. */
  readonly place?: number;
}

const UNUSABLE = new Set<Verdict['reason']>([
  'is_partial',
  'field_mismatch',
  'sort_order_mismatch',
  'needs_text_search',
]);

/** Each index that was not taken, and why. */
function candidates(
  query: FindQuery,
  indexes: readonly Index[],
  plan: Plan | undefined,
): JsonObject[] {
  const verdicts = [ALL_DOCS, ...indexes.map(({ definition }) => definition)]
    .filter((one) => one !== plan?.definition)
    .map((definition) => ({ definition, verdict: judge(definition, query, plan) }))
    .reverse();
  const has = (...reasons: Verdict['reason'][]): number =>
    verdicts.some(({ verdict: { reason } }) => reasons.includes(reason)) ? 1 : 0;
  // Each kind of reason ranks after the kinds before it.
  const unfavored = Math.max(1, plan?.compared.length ?? 0);
  const excluded = unfavored + has('unfavored_type');
  const unusable = excluded + has('excluded_by_user');
  const partial = unusable + has('field_mismatch', 'sort_order_mismatch', 'needs_text_search');
  const rankOf = ({ reason, place }: Verdict): number => {
    if (place !== undefined) return place;
    if (reason === 'unfavored_type') return unfavored;
    if (reason === 'excluded_by_user') return excluded;
    return reason === 'is_partial' ? partial : unusable;
  };
  return verdicts.map(({ definition, verdict }) => ({
    index: shownIndex(definition),
    analysis: {
      usable: !UNUSABLE.has(verdict.reason),
      reasons: [{ name: verdict.reason }],
      ranking: rankOf(verdict),
      covering: definition.ddoc === null ? null : covers(definition, query),
    },
  }));
}

function judge(definition: IndexDefinition, query: FindQuery, plan: Plan | undefined): Verdict {
  const named = namedBy(query.useIndex, definition);
  if (definition.partial && !named) return { reason: 'is_partial' };
  const scan = definition.ddoc === null;
  const why = scan ? whyUnscannable(query) : whyUnusable(definition, query);
  if (why) return { reason: why };
  const choosesNamed = plan?.index !== undefined && namedBy(query.useIndex, plan.definition);
  if (choosesNamed && !named) return { reason: 'excluded_by_user' };
  if (scan || !plan) return { reason: 'unfavored_type' };
  const place = plan.compared.findIndex(({ index }) => index.definition === definition);
  const own = plan.compared[place];
  const less = fieldRanges(query.selector).length > (own?.ranges.length ?? 0);
  if (less) return { reason: 'less_overlap', place };
  const wider = definition.fields.length > plan.definition.fields.length;
  return { reason: wider ? 'too_many_fields' : 'alphabetically_comes_after', place };
}
