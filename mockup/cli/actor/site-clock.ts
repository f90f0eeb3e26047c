// The clock of a process: the machine's, or for experiments with clocks that are apart the
// machine's and DRAWS_CLOCK_OFFSET_MS more.

import type { Clock } from '../../platform/clock/clock.ts';
import { createSystemClock } from '../../platform/clock/system-clock.ts';
import { type EnvironmentVariables, requireInteger } from '../environment.ts';

const YEAR_MS = 365 * 24 * 3600 * 1000;

/** Only the time of day is shifted: durations and waits are the machine's. */
export function createSiteClock(env: EnvironmentVariables): Clock {
  const clock = createSystemClock();
  const given = env.DRAWS_CLOCK_OFFSET_MS;
  if (!given) return clock;
  const offset_ms = requireInteger(given, 'DRAWS_CLOCK_OFFSET_MS', -YEAR_MS, YEAR_MS);
  return { ...clock, now: () => clock.now() + offset_ms };
}
