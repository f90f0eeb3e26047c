// Which of many waiting messages is the oldest, whatever comes, goes and comes again.

import fc from 'fast-check';
import { expect, it } from 'vitest';
import { QueueStatistics } from '../../../dashboard/server/watch/queue-statistics.ts';
import { WaitingTimes } from '../../../dashboard/server/watch/waiting-times.ts';

const step = fc.record({
  id: fc.integer({ min: 0, max: 15 }).map(String),
  created_ms: fc.option(fc.integer({ min: 0, max: 50 }), { nil: null }),
});

it('is known after any steps', () => {
  fc.assert(
    fc.property(fc.array(step, { maxLength: 60 }), (steps) => {
      const times = new WaitingTimes();
      const waiting = new Map<string, number>();
      for (const { id, created_ms } of steps) {
        times.remove(id);
        waiting.delete(id);
        if (created_ms !== null) {
          times.add(id, created_ms);
          waiting.set(id, created_ms);
        }
        const expected = waiting.size === 0 ? null : Math.min(...waiting.values());
        expect(times.oldest_ms()).toBe(expected);
      }
    }),
  );
});

it('is known after very many that came and went behind an old one', () => {
  const times = new WaitingTimes();
  times.add('old', 1);
  for (let index = 0; index < 20_000; index++) {
    times.add(`new ${index}`, 2 + index);
    times.remove(`new ${index}`);
  }
  expect(times.oldest_ms()).toBe(1);
  times.remove('old');
  expect(times.oldest_ms()).toBeNull();
});

it('is told of each queue', () => {
  const book = new QueueStatistics();
  const message = (id: string, created_ms: number, state: 'open' | 'claimed' | 'done') => ({
    ...{ id, created_ms, state, selector: 'xtss', queue: 'xtss', kind: 'message' as const },
    ...{ sender: null, receiver: null, attempts: 0, error: null, about: null, what: '' },
  });
  const oldest_ms = () => book.changed()[0]?.oldest_ms;
  book.put(message('a', 10, 'open'), true);
  book.put(message('b', 20, 'open'), true);
  expect(oldest_ms()).toBe(10);
  book.put(message('a', 10, 'claimed'), true);
  expect(oldest_ms()).toBe(20);
  book.put(message('a', 10, 'open'), true);
  expect(oldest_ms()).toBe(10);
  book.put(message('a', 10, 'done'), true);
  book.put(message('b', 20, 'done'), true);
  expect(oldest_ms()).toBeNull();
});
