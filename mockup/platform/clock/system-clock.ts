// The live clock: the machine's.

import { performance } from 'node:perf_hooks';
import { type Clock, sleepOn } from './clock.ts';

/** Longest delay that a Node timer can hold; longer ones fire at once. */
const TIMER_LIMIT_MS = 2_147_483_647;

export function createSystemClock(): Clock {
  const timer: Clock['timer'] = (delay_ms, callback) => {
    const handle = setTimeout(callback, Math.min(Math.max(delay_ms, 0), TIMER_LIMIT_MS));
    return () => clearTimeout(handle);
  };
  return {
    now: () => Date.now(),
    monotonic: () => performance.now(),
    timer,
    sleep: (delay_ms, signal) => sleepOn(timer, delay_ms, signal),
  };
}
