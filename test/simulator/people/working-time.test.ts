import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  endOfTask,
  nextWorking,
  type WorkingTime,
  workingBetween,
} from '../../../mockup/simulator/people/working-time.ts';

const office: WorkingTime = {
  hours: { from: 9, to: 17 },
  days: ['Mon', 'Tue', 'Wed', 'Thu', 'Fri'],
  utc: 0,
};
const at = (text: string): number => Date.parse(`${text}Z`);
const HOUR_MS = 3_600_000;

describe('office hours', () => {
  it('begin in the morning, and after a weekend on Monday', () => {
    // 2019-10-04 was a Friday.
    expect(nextWorking(office, at('2019-10-04T03:00:00'))).toBe(at('2019-10-04T09:00:00'));
    expect(nextWorking(office, at('2019-10-04T12:34:56'))).toBe(at('2019-10-04T12:34:56'));
    expect(nextWorking(office, at('2019-10-04T17:00:00'))).toBe(at('2019-10-07T09:00:00'));
  });

  it('are those of the site’s clock', () => {
    const santiago = { ...office, utc: -4 };
    expect(nextWorking(santiago, at('2019-10-04T03:00:00'))).toBe(at('2019-10-04T13:00:00'));
    const tokyo = { ...office, utc: 9 };
    expect(nextWorking(tokyo, at('2019-10-04T03:00:00'))).toBe(at('2019-10-04T03:00:00'));
  });

  it('end, and the rest of a task is for the next day', () => {
    expect(endOfTask(office, at('2019-10-04T16:00:00'), 2 * HOUR_MS)).toBe(
      at('2019-10-07T10:00:00'),
    );
  });

  it('are not while everybody is away', () => {
    const away = [[at('2019-10-07T00:00:00'), at('2019-10-09T12:00:00')]] as const;
    expect(nextWorking({ ...office, away }, at('2019-10-04T18:00:00'))).toBe(
      at('2019-10-09T12:00:00'),
    );
  });
});

it('a task ends when so much working time has passed', () => {
  fc.assert(
    fc.property(
      fc.integer({ min: 0, max: 400 * 24 * 60 }),
      fc.integer({ min: 1, max: 100 * 60 }),
      fc.integer({ min: -12, max: 14 }),
      (begin_min, work_min, utc) => {
        const working = { ...office, utc };
        const begin_ms = at('2019-10-01T00:00:00') + begin_min * 60_000;
        const end_ms = endOfTask(working, begin_ms, work_min * 60_000);
        expect(workingBetween(working, begin_ms, end_ms)).toBe(work_min * 60_000);
      },
    ),
    { numRuns: 300 },
  );
});
