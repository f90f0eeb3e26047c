// A storm that fails is made as small as it can be.

import { expect, test } from 'vitest';
import { parseSeedRange } from '../../../mockup/simulator/explore/seed-range.ts';
import { shrinkPlan } from '../../../mockup/simulator/explore/shrink.ts';
import { drawPlan } from '../../../mockup/simulator/storm/draw-plan.ts';
import { faultNames } from '../../../mockup/simulator/storm/fault-kinds.ts';
import type { StormPlan } from '../../../mockup/simulator/storm/storm-plan.ts';

const drawn = drawPlan('3', {
  ous: 5,
  sites: ['JAO', 'EU', 'NA'],
  faults: faultNames,
  servers: 'shipped',
});
const faults = [3, 40, 1, 17, 2, 90, 5].map((n) => ({
  ...{ kind: 'cut' as const, site: 'EU' as const, at_ms: n * 100, for_ms: n },
}));
const plan: StormPlan = { ...drawn, faults };

/** Fails where both of these faults are there. */
const run = async (smaller: StormPlan): Promise<string[]> =>
  [17, 90].every((n) => smaller.faults.some(({ for_ms }) => for_ms === n)) ? ['lost'] : [];

test('only the faults that it needs stay, and one OUS at the sites that they are about', async () => {
  const { plan: smallest, problems } = await shrinkPlan(plan, ['lost'], run, 200);
  expect(problems).toEqual(['lost']);
  expect(smallest.faults.map(({ for_ms }) => for_ms)).toEqual([17, 90]);
  expect(smallest).toMatchObject({ ous: 1, sites: ['JAO', 'EU'], failureRate: 0, maxJobs: 1 });
  expect(smallest.duration_ms).toBeLessThan(plan.duration_ms);
});

test('never more storms than allowed', async () => {
  const { attempts } = await shrinkPlan(plan, ['lost'], run, 4);
  expect(attempts).toBe(4);
});

test('ranges of seeds', () => {
  expect(parseSeedRange('200')).toEqual({ from: 1, to: 200 });
  expect(parseSeedRange('5..9')).toEqual({ from: 5, to: 9 });
  for (const wrong of ['', '0x1', '9..5', '-1', '1...2', 'a']) {
    expect(() => parseSeedRange(wrong)).toThrow(/--seeds/);
  }
});
