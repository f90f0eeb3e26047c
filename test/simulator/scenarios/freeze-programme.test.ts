// One OUS, two of each actor that receives, and one process is frozen (SIGSTOP) beyond its lease at
// each of its port calls in turn, and comes back: what it was about to do then is stale. Some of the
// points here; all of them, for several seeds, with DRAWS_LONG=1.

import { describe, expect, test } from 'vitest';
import {
  type CrashPoint,
  describePoint,
  findCrashPoints,
  freezeAt,
  freezeScenario,
} from '../../../mockup/simulator/scenarios/crash-programme.ts';

const isLong = process.env.DRAWS_LONG === '1';
const STRIDE = isLong ? 1 : 11;
const seeds = isLong ? ['freeze', 'freeze 2'] : [process.env.DRAWS_SEED ?? 'freeze'];
const offset = Number(process.env.DRAWS_OFFSET ?? Date.now()) % STRIDE;

for (const seed of seeds) {
  const scenario = freezeScenario(seed);
  describe(`frozen with seed ${seed}`, async () => {
    const all = await findCrashPoints(scenario);
    const chosen = all.filter((_, place) => place % STRIDE === offset);
    console.log(`seed ${seed}, offset ${offset}: ${chosen.length} of ${all.length} points`);

    for (const [name, points] of Map.groupBy(chosen, ({ process: each }) => each)) {
      test(`${name}: delivered once, wherever it is frozen`, async () => {
        expect(await problemsAt(points)).toEqual([]);
      }, 300_000);
    }

    async function problemsAt(points: CrashPoint[]): Promise<string[]> {
      const problems: string[] = [];
      for (const point of points) {
        const found = await freezeAt(scenario, point);
        if (found.length > 0) problems.push(`${describePoint(point)}: ${found.join('; ')}`);
      }
      return problems;
    }
  });
}
