// What the page computes, without a browser: the order of columns under any changes, filters,
// statistics of histories, and how figures are written.

import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { OusDetail } from '../../../dashboard/protocol/json-api.ts';
import type { OusSummary } from '../../../dashboard/protocol/summaries.ts';
import {
  formatDuration,
  formatPreciseDuration,
} from '../../../dashboard/web/src/format/durations.ts';
import { formatBytes, formatRate } from '../../../dashboard/web/src/format/quantities.ts';
import { stateClass, stateWords } from '../../../dashboard/web/src/look/state-look.ts';
import {
  arrivals,
  countsAt,
  countsOver,
  stayLengths,
} from '../../../dashboard/web/src/model/history-statistics.ts';
import { followHistories, type Track } from '../../../dashboard/web/src/model/history-tracks.ts';
import { createObservatory } from '../../../dashboard/web/src/model/observatory.ts';
import { isComplete } from '../../../dashboard/web/src/model/ous-complete.ts';
import {
  emptyFilter,
  filterFromQuery,
  makeMatcher,
  queryOfFilter,
} from '../../../dashboard/web/src/model/ous-filter.ts';
import {
  hasFailed,
  pipelineAttempts,
} from '../../../dashboard/web/src/model/pipeline-attempts.ts';
import { StateColumn } from '../../../dashboard/web/src/model/state-column.ts';
import { staysOf } from '../../../dashboard/web/src/model/stays.ts';
import { ticksOf } from '../../../dashboard/web/src/time/time-scale.ts';

function ous(part: Partial<OusSummary>): OusSummary {
  return {
    id: 'uid___A001_X1465_X1014',
    uid: 'uid://A001/X1465/X1014',
    progId: '2019.1.01326.S',
    state: 'Processing',
    substate: 'PipelineImaging',
    executive: 'EU',
    recipe: 'PipelineImaging',
    reason: null,
    since_ms: 0,
    changed_ms: 0,
    runs: 1,
    ...part,
  };
}

const summary = fc.record({
  id: fc.integer({ min: 0, max: 30 }).map((number) => `id-${number}`),
  since_ms: fc.option(fc.integer({ min: 0, max: 20 }), { nil: null }),
});

describe('a column of the board', () => {
  it('is in order after any changes, without sorting again', () => {
    fc.assert(
      fc.property(fc.array(summary), fc.array(summary), (first, changes) => {
        const held = new Map(first.map((part) => [part.id, ous(part)]));
        const column = new StateColumn('Processing');
        column.replaceAll([...held.values()]);
        for (const part of changes) {
          const before = held.get(part.id);
          if (before) column.remove(before);
          const after = ous(part);
          held.set(part.id, after);
          column.insert(after);
        }
        const sorted = [...held.values()].sort(
          (one, other) =>
            (one.since_ms ?? 0) - (other.since_ms ?? 0) || (one.id < other.id ? -1 : 1),
        );
        const stuck = column.countBefore(7);
        expect(stuck).toBe(sorted.filter(({ since_ms }) => (since_ms ?? 0) < 7).length);
        const shown = sorted.map((_, index) => column.shownAt(index, stuck));
        expect(shown).toEqual([...sorted.slice(0, stuck), ...sorted.slice(stuck).reverse()]);
      }),
    );
  });
});

describe('a filter', () => {
  it('finds all of its words anywhere in an OUS', () => {
    const matches = (text: string) => makeMatcher({ ...emptyFilter, text })(ous({}));
    expect(matches('x1014 EU')).toBe(true);
    expect(matches('  2019.1.01326 imaging ')).toBe(true);
    expect(matches('x1014 NA')).toBe(false);
    expect(matches('.*')).toBe(false);
  });

  it('is the same after its way through an address', () => {
    const filter = { ...emptyFilter, text: 'a&b=c #%', project: '<x>', onlyStuck: true };
    const query = new URLSearchParams(queryOfFilter(filter));
    expect(filterFromQuery(new URLSearchParams(query.toString()))).toEqual(filter);
  });
});

describe('histories', () => {
  const tracks: Track[] = [
    { id: 'a', times_ms: [0, 10, 30], states: [0, 1, 2] },
    { id: 'b', times_ms: [5, 15], states: [0, 1] },
    { id: 'c', times_ms: [20], states: [-1] },
  ];

  it('say how many were in each state at a moment', () => {
    expect(countsAt(tracks, -1, 3)).toEqual([0, 0, 0]);
    expect(countsAt(tracks, 7, 3)).toEqual([2, 0, 0]);
    expect(countsAt(tracks, 15, 3)).toEqual([0, 2, 0]);
    expect(countsAt(tracks, 99, 3)).toEqual([0, 1, 1]);
  });

  it('say the same at each sample as at that moment alone', () => {
    const track = fc
      .array(fc.tuple(fc.integer({ min: 0, max: 100 }), fc.integer({ min: -1, max: 2 })))
      .map((steps): Track => {
        const inOrder = steps.sort(([one], [other]) => one - other);
        return {
          id: 'x',
          times_ms: inOrder.map(([time]) => time),
          states: inOrder.map(([, state]) => state),
        };
      });
    fc.assert(
      fc.property(fc.array(track), (some) => {
        const span = { from_ms: 20, to_ms: 80 };
        const samples = countsOver(some, span, 7, 3);
        const alone = [20, 30, 40, 50, 60, 70, 80].map((time) => countsAt(some, time, 3));
        expect(samples).toEqual(alone);
      }),
    );
  });

  it('say when something arrived and how long it stayed', () => {
    expect(arrivals(tracks, { from_ms: 0, to_ms: 40 }, 4, 1)).toEqual([0, 2, 0, 0]);
    const stays = stayLengths(tracks, { from_ms: 0, to_ms: 40 });
    expect(stays).toEqual([
      { state: 0, ended: 2, median_ms: 10, p90_ms: 10 },
      { state: 1, ended: 1, median_ms: 20, p90_ms: 20 },
    ]);
  });

  it('fall into stays, each with its steps', () => {
    const step = (state: string, time_ms: number) => ({
      ...{ state, time_ms, substate: null, executive: null, by: 'xtss@JAO', reason: null },
    });
    const stays = staysOf([step('A', 1), step('A', 2), step('B', 5), step('A', 9)]);
    expect(
      stays.map(({ state, start_ms, end_ms, steps }) => [state, start_ms, end_ms, steps.length]),
    ).toEqual([
      ['A', 1, 5, 2],
      ['B', 5, 9, 1],
      ['A', 9, null, 1],
    ]);
  });
});

describe('histories that go on', () => {
  const states = ['Processing', 'ReadyForReview', 'Reviewing'];
  const snapshot = (ouss: OusSummary[]) =>
    ({
      ...{ epoch: 'e', seq: 1, serverTime_ms: 0, config: { states } },
      all: { ous: ouss },
    }) as unknown as Parameters<ReturnType<typeof createObservatory>['takeSnapshot']>[0];
  const begun = { serverTime_ms: 0, states, ouss: [{ id: 'a', steps: [10, 0] }] };

  it('have what changed while they were on their way', () => {
    const observatory = createObservatory();
    observatory.takeSnapshot(snapshot([ous({ id: 'a', since_ms: 10 })]));
    const later = ous({ id: 'a', state: 'ReadyForReview', since_ms: 20 });
    observatory.applyChanges([{ kind: 'ous', value: later }]);
    observatory.applyChanges([{ kind: 'ous', value: ous({ id: 'b', since_ms: 15 }) }]);
    const tracks = followHistories(observatory, begun);
    expect(tracks.get('a')).toEqual({ id: 'a', times_ms: [10, 20], states: [0, 1] });
    expect(tracks.get('b')?.times_ms).toEqual([15]);
  });

  it('have what a new snapshot says, and not what is gone', () => {
    const observatory = createObservatory();
    observatory.takeSnapshot(snapshot([ous({ id: 'a', since_ms: 10 })]));
    const tracks = followHistories(observatory, begun);
    const version = tracks.version.peek();
    const moved = ous({ id: 'a', state: 'Reviewing', since_ms: 30 });
    observatory.takeSnapshot(snapshot([moved, ous({ id: 'b', since_ms: 5 })]));
    expect(tracks.version.peek()).toBeGreaterThan(version);
    expect(tracks.all().map(({ id }) => id)).toEqual(['b', 'a']);
    expect(tracks.get('a')?.states).toEqual([0, 2]);
    observatory.applyChanges([{ kind: 'ous', removed: 'b' }]);
    expect(tracks.all().map(({ id }) => id)).toEqual(['a']);
    observatory.takeSnapshot(snapshot([ous({ id: 'c' })]));
    expect(tracks.all().map(({ id }) => id)).toEqual(['c']);
  });
});

describe('an OUS', () => {
  it('was at the Pipeline as often as history and reports say together', () => {
    const step = (state: string, time_ms: number) => ({
      ...{ state, time_ms, substate: null, executive: null, by: 'dra@JAO', reason: state },
    });
    const history = [
      ...[step('Processing', 10), step('ProcessingProblem', 20), step('Processing', 30)],
      ...[step('Processing', 31), step('ReadyForReview', 40), step('Processing', 50)],
    ];
    const runAt = (time_ms: number | null) => ({ time_ms }) as OusDetail['runs'][number];
    const told = (runs: OusDetail['runs']) =>
      pipelineAttempts(history, runs).map((one) => [
        ...[one.time_ms, one.run !== undefined, one.outcome?.reason, hasFailed(one)],
      ]);
    const underWay = [50, false, undefined, false];
    const failed = [10, false, 'ProcessingProblem', true];
    expect(told([runAt(32)])).toEqual([underWay, [32, true, 'ReadyForReview', false], failed]);
    expect(told([])).toEqual([underWay, [30, false, 'ReadyForReview', false], failed]);
    // A time before the history begins, or none, is a run of its own.
    expect(told([runAt(33), runAt(32), runAt(5), runAt(null)])).toEqual([
      underWay,
      [33, true, 'ReadyForReview', false],
      [32, true, 'ReadyForReview', false],
      failed,
      [5, true, undefined, false],
      [null, true, undefined, false],
    ]);
    expect(pipelineAttempts([], [])).toEqual([]);
  });

  it('is complete when it is delivered and all of its files are in the archive', () => {
    const file = (archived: boolean) => ({
      ...{ name: 'f', archived, size_bytes: 1, checksum: 'c', time_ms: 1 },
    });
    const detail = (state: string, complete: boolean, weblog: boolean) => ({
      ...{ summary: ous({ state }), history: [] },
      delivery: { time_ms: 1, products: ['f'], complete },
      runs: [{ products: [file(true)], weblog: file(weblog) }] as OusDetail['runs'],
    });
    expect(isComplete(detail('Delivered', true, true))).toBe(true);
    expect(isComplete(detail('Delivered', true, false))).toBe(false);
    expect(isComplete(detail('Delivered', false, true))).toBe(false);
    expect(isComplete(detail('QA3InProgress', true, true))).toBe(false);
    expect(isComplete({ ...detail('Delivered', true, true), delivery: null })).toBe(false);
  });
});

describe('figures', () => {
  it('are short', () => {
    expect([0, 59_999, 60_000, 3_960_000, 97_200_000, 900_000_000].map(formatDuration)).toEqual([
      ...['0 s', '59 s', '1 min', '1 h 06', '1 d 3 h', '10 d'],
    ]);
    expect([344, 2_700, 61_000, 960_000].map(formatPreciseDuration)).toEqual([
      ...['344 ms', '2.7 s', '1 min 01 s', '16 min'],
    ]);
    expect([0, 999, 1000, 14_900_000, 999_600, 2.5e12].map(formatBytes)).toEqual([
      ...['0 B', '999 B', '1.00 kB', '14.9 MB', '1.00 MB', '2.50 TB'],
    ]);
    expect([0.026, 0.95, 87.44].map(formatRate)).toEqual(['0.03 MB/s', '1.0 MB/s', '91.7 MB/s']);
    expect([formatDuration(null), formatBytes(null), formatRate(null)]).toEqual(['–', '–', '–']);
  });

  it('stand at round times', () => {
    const from_ms = Date.UTC(2026, 4, 4, 9, 50);
    const ticks = ticksOf({ from_ms, to_ms: from_ms + 6 * 3_600_000 }, 7);
    expect(ticks.map(({ label }) => label)).toEqual([
      ...['10:00', '11:00', '12:00', '13:00', '14:00', '15:00'],
    ]);
    expect(ticks.every(({ place }) => place >= 0 && place <= 1)).toBe(true);
    const short = ticksOf({ from_ms, to_ms: from_ms + 150_000 }, 7);
    expect(short.map(({ label }) => label)).toEqual([
      ...['09:50:00', '09:50:30', '09:51:00', '09:51:30', '09:52:00', '09:52:30'],
    ]);
  });

  it('of states have a class and words, also unknown ones', () => {
    expect(stateClass('ReadyForReview')).toBe('state-ready-for-review');
    expect(stateClass('QA3InProgress')).toBe('state-qa3-in-progress');
    expect(stateClass('"><img>')).toBe('state-other');
    expect(stateWords('ReadyForProcessing')).toEqual(['ReadyFor', 'Processing']);
    expect(stateWords('DeliveryInProgress')).toEqual(['Delivery', 'InProgress']);
  });
});
