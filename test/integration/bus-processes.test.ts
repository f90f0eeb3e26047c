// Four receiving processes, one sending process and a server process of its own: the claim of a
// message is a real race here.

import { expect, it } from 'vitest';
import { shareMessages } from '../../scripts/bench/bus/bench-bus.ts';

const MESSAGES = 10_000;

it('four receiving processes handle each of 10,000 messages exactly once', async () => {
  const handled = await shareMessages(undefined, 4, MESSAGES);
  const wrong = [...handled].filter(([, times]) => times !== 1);
  expect(wrong).toEqual([]);
  expect(handled.size).toBe(MESSAGES);
}, 120_000);
