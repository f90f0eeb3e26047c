// Virtual time: order, jumps, limits.

import { expect, test } from 'vitest';
import { formatTimestamp } from '../../../mockup/core/timestamps.ts';
import {
  createVirtualClock,
  VirtualTimeError,
} from '../../../mockup/simulator/clock/virtual-clock.ts';

test('timers fire by time, and in the order of their making where times are equal', async () => {
  const clock = createVirtualClock();
  const fired: string[] = [];
  clock.timer(20, () => fired.push('late'));
  clock.timer(10, () => fired.push('first of two'));
  clock.timer(10, () => fired.push('second of two'));
  clock.timer(-5, () => fired.push('at once'));
  await clock.runFor(15);
  expect(fired).toEqual(['at once', 'first of two', 'second of two']);
  expect(clock.monotonic()).toBe(15);
  await clock.runUntil(() => fired.length === 4);
  expect(clock.monotonic()).toBe(20);
});

test('promises settle before time passes', async () => {
  const clock = createVirtualClock({ start: '2026-03-01T00:00:00.000' });
  const seen: number[] = [];
  const work = async (): Promise<string> => {
    for (let round = 0; round < 3; round++) {
      await clock.sleep(3_600_000);
      for (let turn = 0; turn < 50; turn++) await Promise.resolve();
      seen.push(clock.monotonic());
    }
    return formatTimestamp(clock.now());
  };
  expect(await clock.complete(work())).toBe('2026-03-01T03:00:00.000');
  expect(seen).toEqual([3_600_000, 7_200_000, 10_800_000]);
});

test('a cancelled timer does not fire, an aborted sleep rejects at once', async () => {
  const clock = createVirtualClock();
  const fired: string[] = [];
  clock.timer(10, () => fired.push('kept'));
  clock.timer(5, () => fired.push('cancelled'))();
  const abort = new AbortController();
  const sleep = clock.sleep(1000, abort.signal);
  clock.timer(7, () => abort.abort(new Error('enough')));
  await expect(clock.complete(sleep)).rejects.toThrow('enough');
  expect(clock.monotonic()).toBe(7);
  await clock.runUntil(() => fired.length > 0);
  expect(fired).toEqual(['kept']);
});

test('says what is wrong where the end never comes', async () => {
  const idle = createVirtualClock();
  await expect(idle.runUntil(() => false)).rejects.toThrow(/nothing is left to happen/);

  const polling = createVirtualClock();
  const poll = (): void => void polling.timer(1, poll);
  poll();
  await expect(polling.runUntil(() => false, { limit_ms: 100 })).rejects.toThrow(/0\.1 s of/);
  await expect(polling.runUntil(() => false, { steps_max: 100 })).rejects.toThrow(/100 timers/);
  await expect(polling.runFor(1e6, { steps_max: 100 })).rejects.toBeInstanceOf(VirtualTimeError);
});
