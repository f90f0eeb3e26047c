// A storm follows from its seed: the same plan, and the same outcome.

import { expect, test } from 'vitest';
import { drawPlan } from '../../../mockup/simulator/storm/draw-plan.ts';
import { faultNames } from '../../../mockup/simulator/storm/fault-kinds.ts';
import { runStorm } from '../../../mockup/simulator/storm/run-storm.ts';
import { parseStormPlan } from '../../../mockup/simulator/storm/storm-plan.ts';
import { matchesCall } from '../../../mockup/simulator/storm/strike-book.ts';

const options = { ous: 1, sites: ['JAO', 'EU'], faults: faultNames, servers: 'shipped' } as const;

test('the same seed gives the same plan, as JSON too, and the same outcome', async () => {
  const plan = drawPlan('7', options);
  expect(drawPlan('7', options)).toEqual(plan);
  expect(drawPlan('8', options)).not.toEqual(plan);
  expect(parseStormPlan(JSON.parse(JSON.stringify(plan)))).toEqual(plan);
  const outcome = await runStorm(plan);
  expect(outcome.problems).toEqual([]);
  expect(await runStorm(plan)).toEqual(outcome);
}, 60_000);

test('a plan that is none is refused', () => {
  const plan = drawPlan('1', options);
  expect(() => parseStormPlan({ ...plan, ous: 0 })).toThrow(/ous/);
  expect(() => parseStormPlan({ ...plan, faults: [{ kind: 'rain' }] })).toThrow(/kind/);
  expect(() => parseStormPlan({ ...plan, more: 1 })).toThrow(/more/);
});

test('patterns of port calls', () => {
  const calls = ['msgq.bulk', 'msgq.find', 'files.write'];
  const met = (pattern: string) => calls.filter((call) => matchesCall(pattern, call));
  expect(met('*')).toEqual(calls);
  expect(met('msgq.*')).toEqual(['msgq.bulk', 'msgq.find']);
  expect(met('*.write')).toEqual(['files.write']);
  expect(met('msgq.bulk')).toEqual(['msgq.bulk']);
});
