// Reading OUS documents of other writers, and the times in a history.

import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { launchOus, type OusDocument, setState } from '../../../mockup/core/ous/ous.ts';
import {
  enteredAt,
  lastEntryInto,
  nextTimestamp,
  readOus,
} from '../../../mockup/core/ous/reading.ts';

const time = (second: number) => `2026-01-05T00:00:${String(second).padStart(2, '0')}.000`;

const pythonDocument = {
  _id: 'uid___X1_X1_Xb0',
  _rev: '3-abc',
  entityId: 'uid://X1/X1/Xb0',
  progID: '2015.1.00657.S',
  state: 'Processing',
  substate: 'PipelineCalibration',
  flags: { PL_PROCESSING_EXECUTIVE: 'EU' },
  timestamp: time(3),
};

function processedTwice(): OusDocument {
  const by = 'test@JAO';
  let ous = launchOus(undefined, 'uid://X1/X1/Xb0', 'P', { timestamp: time(1), by });
  const states = ['Processing', 'ReadyForReview', 'Reviewing', 'ReadyForProcessing', 'Processing'];
  for (const [place, state] of states.entries()) {
    ous = setState(ous, state, { timestamp: time(place + 2), by, cause: `step ${place}` });
  }
  return ous;
}

describe('reading', () => {
  test('takes a document of the Python mockup as it is', () => {
    expect(readOus(pythonDocument)).toEqual(pythonDocument);
  });

  test('puts right what is missing or of another kind', () => {
    const damaged = {
      ...pythonDocument,
      substate: 3,
      flags: null,
      history: 'x',
      progID: undefined,
    };
    const { progID, substate, flags, history } = readOus(damaged) as OusDocument;
    expect({ progID, substate, flags, history }).toEqual({
      progID: '',
      substate: null,
      flags: {},
    });
  });

  test('adds the entry that another XTSS left out', () => {
    const launched = launchOus(undefined, 'uid://X1/X1/Xb0', 'P', { timestamp: time(1), by: 'a' });
    expect(readOus(launched)).toEqual(launched);
    const flags = { PL_PROCESSING_EXECUTIVE: 'EU' } as const;
    const ous = readOus({ ...launched, state: 'Processing', flags, timestamp: time(2) });
    expect(ous?.history).toEqual([
      launched.history?.[0],
      { timestamp: time(2), state: 'Processing', substate: null, executive: 'EU', by: '' },
    ]);
    expect(enteredAt(ous as OusDocument)).toBe(time(2));
    expect(readOus({ ...launched, substate: '' })?.history).toEqual(launched.history);
    expect(readOus({ ...launched, history: [] })?.history).toEqual([]);
  });

  test('puts right the entries of a history', () => {
    const entry = { timestamp: time(1), state: 'Processing', substate: null, executive: 'EU' };
    const good = { ...entry, by: 'dra@JAO', cause: 'c', reason: 'r', extra: 1 };
    const history = [
      good,
      { ...entry, substate: 4, executive: {}, by: 5, cause: 6, reason: [] },
      { state: 'Processing' },
      { timestamp: time(2) },
      'x',
      null,
    ];
    expect(readOus({ ...pythonDocument, substate: null, history })?.history).toEqual([
      good,
      { ...entry, executive: null, by: '' },
    ]);
  });

  test('never throws, and gives only what is an OUS', () => {
    fc.assert(
      fc.property(fc.object(), (doc) => {
        const ous = readOus(doc);
        if (!ous) return;
        expect(typeof ous.state).toBe('string');
        expect(() => nextTimestamp(ous, 0)).not.toThrow();
        expect(() => enteredAt(ous)).not.toThrow();
      }),
    );
    expect(readOus({ _id: '_design/x', language: 'query' })).toBeUndefined();
  });
});

describe('times', () => {
  test('without a history the last change stands for the entry into the state', () => {
    expect(enteredAt(readOus(pythonDocument) as OusDocument)).toBe(time(3));
  });

  test('with a history they are those of its entries', () => {
    const ous = processedTwice();
    expect(enteredAt(ous)).toBe(time(6));
    expect(lastEntryInto(ous, 'Processing')?.timestamp).toBe(time(6));
    expect(lastEntryInto(ous, 'Reviewing')?.timestamp).toBe(time(4));
    expect(lastEntryInto(ous, 'Delivered')).toBeUndefined();
  });

  test('the last entry into a state is the first of those that stayed in it', () => {
    const by = 'test@JAO';
    const ous = launchOus(processedTwice(), 'uid://X1/X1/Xb0', 'P', { timestamp: time(9), by });
    const again = launchOus(ous, 'uid://X1/X1/Xb0', 'P', { timestamp: time(10), by });
    expect(lastEntryInto(again, 'ReadyForProcessing')?.timestamp).toBe(time(9));
  });

  test('the next is now, or just after the last', () => {
    const ous = processedTwice();
    expect(nextTimestamp(undefined, Date.UTC(2026, 0, 5))).toBe(time(0));
    expect(nextTimestamp(ous, Date.UTC(2026, 0, 5, 0, 0, 30))).toBe(time(30));
    expect(nextTimestamp(ous, 0)).toBe('2026-01-05T00:00:06.001');
    expect(nextTimestamp({ ...ous, timestamp: 'soon' }, 0)).toBe('2026-01-05T00:00:06.001');
  });
});
