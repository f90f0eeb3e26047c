import { expect, test } from 'vitest';
import { Renewals } from '../../../mockup/platform/claims/renewals.ts';
import { createVirtualClock } from '../../../mockup/simulator/clock/virtual-clock.ts';

test('one renewal waits for a database that is away; the next follows it at once, alone', async () => {
  const clock = createVirtualClock();
  let renewed = 0;
  const { promise, resolve } = Promise.withResolvers<void>();
  const renewals = new Renewals<string>(clock, 30_000, async () => {
    renewed++;
    await promise;
  });
  renewals.add('a message');
  await clock.runFor(3_600_000);
  expect(renewed).toBe(1);
  resolve();
  await clock.runFor(1);
  expect(renewed).toBe(2);
  await clock.runFor(30_000);
  expect(renewed).toBe(5);
  renewals.delete('a message');
});
