// Storms over the whole line, with the servers as they ship: the same few each time, new ones for some
// minutes with DRAWS_LONG=1, and every storm that once showed a fault in what ships.

import { readdirSync, readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { drawPlan } from '../../../mockup/simulator/storm/draw-plan.ts';
import { faultNames } from '../../../mockup/simulator/storm/fault-kinds.ts';
import { runStorm } from '../../../mockup/simulator/storm/run-storm.ts';
import { parseStormPlan, type StormPlan } from '../../../mockup/simulator/storm/storm-plan.ts';

const isLong = process.env.DRAWS_LONG === '1';
const first = isLong ? Number(process.env.DRAWS_SEED ?? Date.now() % 1_000_000) : 1;
const count = { quick: isLong ? 300 : 6, shipped: isLong ? 100 : 2 };

function plan(seed: number, servers: StormPlan['servers']): StormPlan {
  const sites = seed % 3 === 0 ? (['JAO', 'EU', 'NA'] as const) : (['JAO', 'EU'] as const);
  return drawPlan(`${seed}`, { ous: 1 + (seed % 2), sites, faults: faultNames, servers });
}

for (const servers of ['quick', 'shipped'] as const) {
  const last = first + count[servers] - 1;
  test(`${servers} servers, seeds ${first} to ${last}: nothing lost, doubled or stuck`, async () => {
    const problems: string[] = [];
    for (let seed = first; seed <= last; seed++) {
      const outcome = await runStorm(plan(seed, servers));
      problems.push(...outcome.problems.map((problem) => `seed ${seed}: ${problem}`));
    }
    expect(problems).toEqual([]);
  }, 1_800_000);
}

const kept = new URL('./failed-once/', import.meta.url);
for (const file of readdirSync(kept).filter((name) => name.endsWith('.json'))) {
  test(`${file}: a storm that failed once`, async () => {
    const storm = parseStormPlan(JSON.parse(readFileSync(new URL(file, kept), 'utf8')));
    expect((await runStorm(storm)).problems).toEqual([]);
  }, 120_000);
}
