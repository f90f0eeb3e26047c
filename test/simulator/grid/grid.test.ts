import { expect, it } from 'vitest';
import { checkScenario } from '../../../mockup/simulator/cycle/read-scenario.ts';
import { readGoal } from '../../../mockup/simulator/grid/goal.ts';
import { cheapest, costOf, settingResult } from '../../../mockup/simulator/grid/grid-result.ts';
import { readVaried, settingsOf, withSetting } from '../../../mockup/simulator/grid/settings.ts';
import type { Summary } from '../../../mockup/simulator/measures/summary.ts';

it('reads lists and ranges', () => {
  expect(readVaried('jao.slots=4,8,16')).toEqual({ key: 'jao.slots', values: [4, 8, 16] });
  expect(readVaried('reviewers=2..6').values).toEqual([2, 3, 4, 5, 6]);
  expect(readVaried('reviewers=2..10:4').values).toEqual([2, 6, 10]);
  expect(readVaried('eu.to-jao=100 Mbit/s,1 Gbit/s').values).toEqual(['100 Mbit/s', '1 Gbit/s']);
  for (const bad of ['reviewers', '=3', 'reviewers=', 'reviewers=6..2', 'a=1,,2', 'a b=1']) {
    expect(() => readVaried(bad), bad).toThrow(/^--vary: expected .*; got /);
  }
});

it('combines all values of all keys', () => {
  const settings = settingsOf([readVaried('a=1..3'), readVaried('b=x,y')]);
  expect(settings).toHaveLength(6);
  expect(settings[1]).toEqual({ a: 1, b: 'y' });
});

it('puts a value where its key is, and leaves the rest of a map', () => {
  const content = { reviewers: { count: 4, task: '3h' }, eu: { slots: 2 } };
  expect(withSetting(content, { reviewers: 7, 'eu.slots': 3, 'jao.slots': 9 })).toEqual({
    reviewers: { count: 7, task: '3h' },
    eu: { slots: 3 },
    jao: { slots: 9 },
  });
  expect(withSetting({ reviewers: 4 }, { 'reviewers.task': '1h' })).toEqual({
    reviewers: { count: 4, task: '1h' },
  });
  expect(content.reviewers.count).toBe(4);
});

it('refuses a goal that can not be read, or met', () => {
  for (const bad of [
    'soon',
    'p99(review) <= 3d',
    'p90(x) <= 3d',
    'p90(review) <= -1d',
    'kpi > 2',
  ]) {
    expect(() => readGoal(bad), bad).toThrow(/^--goal: expected .*; got /);
  }
});

it('finds the cheapest setting of those that meet the goal', () => {
  const goal = readGoal('p90(observation-to-delivery) <= 30d');
  const result = (reviewers: number, p90_d: number) =>
    settingResult({ reviewers }, checkScenario({ reviewers }, 'x'), [summary(p90_d)], goal);
  const results = [result(9, 12), result(4, 40), result(6, 29), result(5, 31)];
  expect(cheapest(results)?.setting).toEqual({ reviewers: 6 });
  expect(cheapest([result(4, 40)])).toBeUndefined();
});

it('costs what the sites that take part have', () => {
  const one = checkScenario({ cost: { slot: 10, person: 1, 'gbit/s': 0 } }, 'x');
  const more = checkScenario(
    { cost: { slot: 10, person: 1, 'gbit/s': 0 }, eu: { slots: 5 } },
    'x',
  );
  expect(costOf(more) - costOf(one)).toBe(10);
});

function summary(p90_d: number): Summary {
  const timing = { count: 1, mean_s: 1, quantiles_s: [1, 1, 1, p90_d * 86_400, 1, 1] };
  const timings = Object.fromEntries(
    ['staging', 'assignment', 'analysis', 'review', 'delivery', 'observation-to-delivery'].map(
      (name) => [name, timing],
    ),
  );
  return { timings, kpi: 1, waiting: [] } as unknown as Summary;
}
