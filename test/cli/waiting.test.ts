// Which OUSs `draws status` says wait for somebody.

import { expect, it } from 'vitest';
import {
  oussUnderWay,
  underWayLines,
  waitingLines,
  waitingOuss,
} from '../../mockup/cli/site/waiting.ts';
import type { OusState } from '../../mockup/core/ous/life-cycle.ts';
import { launchOus, type OusDocument } from '../../mockup/core/ous/ous.ts';

function ous(number: number, state: OusState, substate: string | null = null): OusDocument {
  const timestamp = `2026-01-01T00:00:00.${String(999 - number)}`;
  const launched = launchOus(undefined, `uid://a/${number}`, 'p', { timestamp, by: 'test' });
  return { ...launched, state, substate };
}

it('names those that only a person takes further, the longest waiting first', () => {
  const waiting = waitingOuss([
    ous(1, 'ReadyForProcessing', 'PipelineImaging'),
    ous(2, 'ReadyForProcessing', 'ManualImaging'),
    ous(3, 'ReadyForProcessing'),
    ous(4, 'Processing', 'PipelineImaging'),
    ous(5, 'ProcessingProblem', 'PipelineImaging'),
    ous(6, 'ReadyForReview'),
    ous(7, 'Delivered'),
  ]);
  expect(waiting.map(({ ousUID, waitsFor }) => [ousUID, waitsFor])).toEqual([
    ['uid://a/6', 'aqua-qa2'],
    ['uid://a/5', 'somebody who launches it again'],
    ['uid://a/2', 'a Pipeline recipe: launch it again'],
    ['uid://a/1', 'dra'],
  ]);
});

it('names those that actors are at, with where and since when', () => {
  const processing = { ...ous(4, 'Processing', 'PipelineImaging') };
  processing.flags = { PL_PROCESSING_EXECUTIVE: 'EU' };
  const underWay = oussUnderWay([ous(6, 'ReadyForReview'), processing, ous(7, 'Delivered')]);
  expect(underWay.map(({ ousUID }) => ousUID)).toEqual(['uid://a/4']);
  expect(underWayLines(underWay)[1]).toMatch(
    /uid:\/\/a\/4 +Processing +PipelineImaging +EU +since 2026-01-01T00:00:00.995/,
  );
});

it('shows twenty at most, and how many more there are', () => {
  const many = Array.from({ length: 23 }, (_, index) => ous(index, 'ReadyForReview'));
  const lines = waitingLines(waitingOuss(many));
  expect(lines).toHaveLength(22);
  expect(lines.at(-1)).toBe('  and 3 more');
  expect(waitingLines([])).toEqual([]);
});
