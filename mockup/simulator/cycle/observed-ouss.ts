// What is observed in a cycle: when each OUS passes QA0, and all that chance says of it beforehand,
// so that two scenarios with one seed observe the same.

import type { Executive } from '../../core/executives.ts';
import type { Recipe } from '../../core/ous/recipes.ts';
import { parseTimestamp } from '../../core/timestamps.ts';
import type { Random } from '../../platform/random/random.ts';
import { createSeededRandom } from '../../platform/random/seeded-random.ts';
import { draw } from '../quantity/distribution.ts';
import { executiveOf, type Scenario, sites } from './scenario.ts';

export interface ObservedOus {
  ousUid: string;
  progId: string;
  array: string;
  /** Of the last QA0 pass, milliseconds since 1970. */
  observed_ms: number;
  /** From then to ReadyForProcessing. */
  staging_s: number;
  recipe: Recipe;
  byHand: boolean;
  /** Where it is assigned to. */
  executive: Executive;
  raw_bytes: number;
  products_bytes: number;
}

export interface OusName {
  progId: string;
  ousUid: string;
}

/** In the order of their observation. `names`: of a file, in place of the scenario's count. */
export function observe(scenario: Scenario, names?: readonly OusName[]): ObservedOus[] {
  const count = names?.length ?? scenario.ous.count;
  const random = createSeededRandom(`${scenario.seed} observations`);
  const times_ms = Array.from({ length: count }, () => random.next()).sort((a, b) => a - b);
  const open = openSpans(scenario);
  return times_ms.map((part, n) => {
    const { progId, ousUid } = names?.[n] ?? madeUpName(n);
    const own = createSeededRandom(`${scenario.seed} ${ousUid}`);
    const observed_ms = momentIn(open, part);
    return { ousUid, progId, observed_ms, ...drawOus(scenario, own) };
  });
}

/** Of every kind one draw, in the same order whatever the scenario says. */
function drawOus({ ous, ...scenario }: Scenario, random: Random) {
  const arrays = Object.entries(ous.arrays);
  const [array, sizes] = pickByWeight(random, arrays, ([, { share }]) => share);
  const byHand = random.next() < ous.manual;
  const site = pickByWeight(random, sites, (one) => scenario[one].share);
  const kind = array === 'TP' ? 'SingleDish' : 'CalAndImg';
  const recipe: Recipe = byHand ? `Manual${kind}` : `Pipeline${kind}`;
  return {
    ...{ array, byHand, recipe, executive: executiveOf(site) },
    staging_s: draw(ous.staging, random),
    raw_bytes: draw(sizes.raw, random),
    products_bytes: draw(sizes.products, random),
  };
}

export function pickByWeight<T>(
  random: Random,
  items: readonly T[],
  weightOf: (item: T) => number,
): T {
  const total = items.reduce((sum, item) => sum + weightOf(item), 0);
  let left = random.next() * total;
  for (const item of items) {
    left -= weightOf(item);
    if (left < 0) return item;
  }
  return items.findLast((item) => weightOf(item) > 0) as T;
}

/** When there are observations. */
function openSpans({ start, duration, ous }: Scenario): [from_ms: number, to_ms: number][] {
  const from_ms = startOf(start);
  let spans: [number, number][] = [[from_ms, from_ms + duration * 1000]];
  for (const { from, to } of ous.shutdown) {
    const [gone_ms, back_ms] = [startOf(from), startOf(to)];
    spans = spans.flatMap(([begin_ms, end_ms]): [number, number][] => [
      [begin_ms, Math.min(end_ms, Math.max(begin_ms, gone_ms))],
      [Math.max(begin_ms, Math.min(end_ms, back_ms)), end_ms],
    ]);
    spans = spans.filter(([begin_ms, end_ms]) => begin_ms < end_ms);
  }
  return spans;
}

function momentIn(spans: readonly [number, number][], part: number): number {
  const length_ms = spans.reduce((sum, [from_ms, to_ms]) => sum + to_ms - from_ms, 0);
  let left_ms = part * length_ms;
  for (const [from_ms, to_ms] of spans) {
    if (left_ms < to_ms - from_ms) return Math.round(from_ms + left_ms);
    left_ms -= to_ms - from_ms;
  }
  return spans.at(-1)?.[1] ?? 0;
}

/** Midnight UTC of a date. */
export function startOf(date: string): number {
  return parseTimestamp(`${date}T00:00:00.000`);
}

function madeUpName(n: number): OusName {
  const project = String(Math.floor(n / 3) + 1).padStart(5, '0');
  return {
    progId: `2019.1.${project}.S`,
    ousUid: `uid://A001/X1465/X${(0x1000 + n).toString(16)}`,
  };
}
