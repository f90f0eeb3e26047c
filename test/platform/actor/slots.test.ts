import { expect, test } from 'vitest';
import { createSlots } from '../../../mockup/platform/actor/slots.ts';

test('so many work at a time, in the order of the calls, also after errors', async () => {
  const slots = createSlots(2);
  const { signal } = new AbortController();
  const started: number[] = [];
  const ends: (() => void)[] = [];
  const all = Array.from({ length: 5 }, (_, n) =>
    slots.run(signal, async () => {
      started.push(n);
      await new Promise<void>((resolve) => ends.push(resolve));
      if (n === 1) throw new Error('failed');
      return n;
    }),
  );
  const settled = Promise.allSettled(all);
  for (let ended = 0; ended < 5; ended++) {
    await new Promise((resolve) => setImmediate(resolve));
    expect(started).toEqual([0, 1, 2, 3, 4].slice(0, ended + 2));
    ends[ended]?.();
  }
  const outcomes = (await settled).map(({ status }) => status);
  expect(outcomes).toEqual(['fulfilled', 'rejected', 'fulfilled', 'fulfilled', 'fulfilled']);
});

test('who is aborted while waiting gives up its place', async () => {
  const slots = createSlots(1);
  const { signal } = new AbortController();
  const stopping = new AbortController();
  let end: () => void = () => {};
  const first = slots.run(signal, () => new Promise<void>((resolve) => (end = resolve)));
  const second = slots.run(stopping.signal, async () => 'never');
  const third = slots.run(signal, async () => 'third');
  stopping.abort(new Error('stopping'));
  await expect(second).rejects.toThrow('stopping');
  end();
  await first;
  expect(await third).toBe('third');
  await expect(slots.run(stopping.signal, async () => 'never')).rejects.toThrow('stopping');
});
