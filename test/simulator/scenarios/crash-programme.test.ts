// One OUS, and each process of the line dies at each of its port calls in turn, before it and
// after its effect. Some of the points here; all of them, for several seeds, with DRAWS_LONG=1.

import { describe, expect, test } from 'vitest';
import {
  type CrashPoint,
  crashAt,
  crashScenario,
  describePoint,
  findCrashPoints,
  troubledScenario,
} from '../../../mockup/simulator/scenarios/crash-programme.ts';

const isLong = process.env.DRAWS_LONG === '1';
const STRIDE = isLong ? 1 : 7;
const seeds = isLong ? ['crash', 'crash 2', 'crash 3'] : [process.env.DRAWS_SEED ?? 'crash'];
const offset = Number(process.env.DRAWS_OFFSET ?? Date.now()) % STRIDE;

const scenarios = seeds.map((seed) => crashScenario(seed));
// Long enough that runs and reviews fail in it.
if (isLong) scenarios.push(troubledScenario('trouble 1'), troubledScenario('trouble 3'));

for (const scenario of scenarios) {
  const { seed } = scenario;
  describe(`crashes with seed ${seed}`, async () => {
    const all = await findCrashPoints(scenario);
    const chosen = all.filter((_, place) => place % STRIDE === offset);
    console.log(`seed ${seed}, offset ${offset}: ${chosen.length} of ${all.length} points`);

    test('every process of the line has points', () => {
      const processes = new Set(all.map(({ process: name, site }) => `${name}@${site}`));
      // A person, who is needed where things fail only.
      processes.delete('operator@JAO');
      expect([...processes].sort()).toEqual([
        'aqua-batch-helper@JAO',
        'aqua-qa2@JAO',
        'data-tracker@EU',
        'dra@JAO',
        'launcher@JAO',
        'pipeline-driver@EU',
        'pipeline@EU',
        'product-ingestor@JAO',
        'replicated-cache@EU',
        'replicated-cache@JAO',
        'torque-maui@EU',
        'xtss@JAO',
      ]);
    });

    for (const [name, points] of Map.groupBy(chosen, ({ process: each }) => each)) {
      test(`${name}: delivered once, wherever it dies`, async () => {
        expect(await problemsAt(points)).toEqual([]);
      }, 300_000);
    }

    async function problemsAt(points: CrashPoint[]): Promise<string[]> {
      const problems: string[] = [];
      for (const point of points) {
        const found = await crashAt(scenario, point);
        if (found.length > 0) problems.push(`${describePoint(point)}: ${found.join('; ')}`);
      }
      return problems;
    }
  });
}
