// Times on the wire.

import fc from 'fast-check';
import { expect, test } from 'vitest';
import { formatTimestamp, isTimestamp, parseTimestamp } from '../../mockup/core/timestamps.ts';

const time_ms = fc.integer({ min: 0, max: Date.UTC(2200, 0) });

test('as in the workflow', () => {
  expect(formatTimestamp(1_531_984_203_781)).toBe('2018-07-19T07:10:03.781');
  expect(parseTimestamp('2018-07-19T07:10:03.781')).toBe(1_531_984_203_781);
  expect(parseTimestamp('2018-07-19T07:10:03.781Z')).toBe(1_531_984_203_781);
});

test('reading gives back what was written, and the order of texts is that of times', () => {
  fc.assert(
    fc.property(time_ms, time_ms, (one, other) => {
      const texts = [one, other].map(formatTimestamp) as [string, string];
      expect(texts.every(isTimestamp)).toBe(true);
      expect(texts.map(parseTimestamp)).toEqual([one, other]);
      expect(texts[0] < texts[1]).toBe(one < other);
    }),
  );
});

test.each([
  '',
  'now',
  '2018-07-19',
  '2018-07-19T07:10:03',
  '2018-07-19T07:10:03.781Z',
  '2018-13-19T07:10:03.781',
  '2018-07-19 07:10:03.781',
])('%j is no time of the wire', (text) => {
  expect(isTimestamp(text)).toBe(false);
});
