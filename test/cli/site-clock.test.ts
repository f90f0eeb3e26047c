// The clock of a process whose time of day is shifted for an experiment.

import { expect, it } from 'vitest';
import { createSiteClock } from '../../mockup/cli/actor/site-clock.ts';

it('is the machine clock unless it is told otherwise', () => {
  expect(Math.abs(createSiteClock({}).now() - Date.now())).toBeLessThan(10_000);
});

it('shifts the time of day and nothing else', () => {
  const clock = createSiteClock({ DRAWS_CLOCK_OFFSET_MS: '-3600000' });
  expect(Math.abs(clock.now() + 3_600_000 - Date.now())).toBeLessThan(10_000);
  expect(Math.abs(clock.monotonic() - performance.now())).toBeLessThan(10_000);
});

it('refuses an offset that is no number', () => {
  expect(() => createSiteClock({ DRAWS_CLOCK_OFFSET_MS: 'late' })).toThrow(
    /DRAWS_CLOCK_OFFSET_MS/,
  );
});
