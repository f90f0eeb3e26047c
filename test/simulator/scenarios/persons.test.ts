// The line with persons in place of the robots: what they type reaches the same end.

import { expect, test } from 'vitest';
import { type OperatorScript, WAIT } from '../../../mockup/simulator/console/scripted-console.ts';
import { startDrawsLine } from '../../../mockup/simulator/scenarios/draws-line.ts';

test('persons choose, paste, hesitate and cancel, and every OUS is delivered', async () => {
  const pasted = ['', 'nonsense', 'uid://X0/X0/Xff', '  uid://A001/X1465/Xb0  '];
  const dra: OperatorScript = {
    choose: (message, items) => {
      if (message.startsWith('Executive')) return items.at(-1)?.value;
      const [first] = items;
      if (!first) return WAIT;
      return pasted.shift() ?? first.value;
    },
  };
  const keys = ['C', 'f', 'C', 'p'];
  const aquaQa2: OperatorScript = {
    choose: (_, items) => items[0]?.value ?? WAIT,
    press: () => keys.shift() ?? 'S',
  };
  const line = await startDrawsLine({
    seed: 'persons',
    ous: 4,
    sites: ['JAO', 'EU', 'NA'],
    failureRate: 0,
    hasRecipe: () => true,
    persons: { dra, aquaQa2 },
  });
  await line.runToDelivered();
  expect(await line.check()).toEqual([]);
  expect([pasted, keys]).toEqual([[], []]);
  const histories = line.histories();
  for (const verdict of ['Fail', 'Pass', 'Semipass'])
    expect(histories).toContain(`QA2 ${verdict}`);
  expect(histories).toContain('"executive":"NA"');
});

test('a person who leaves can be followed by another one', async () => {
  let presses = 0;
  const aquaQa2: OperatorScript = {
    choose: (_, items) => items[0]?.value ?? WAIT,
    // The first reviewer leaves in the middle of a review.
    press: () => (presses++ === 0 ? undefined : 'P'),
  };
  const dra: OperatorScript = { choose: (_, items) => items[0]?.value ?? WAIT };
  const line = await startDrawsLine({
    seed: 'leaving',
    ous: 1,
    failureRate: 0,
    persons: { dra, aquaQa2 },
  });
  const qa2 = line.world.actors.find(({ name }) => name === 'aqua-qa2@JAO');
  await line.world.runUntil(() => qa2?.process.gate.alive === false);
  expect(await qa2?.process.ended).toEqual({ exitCode: 0, signal: null });
  expect(line.histories()).not.toContain('Verified');
  qa2?.startAgain();
  await line.runToDelivered();
  expect(await line.check()).toEqual([]);
});
