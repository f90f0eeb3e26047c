// Changes of an OUS: whatever is asked in whatever order, the history is a path in the table, and
// its last entry is what the document says.

import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { executives } from '../../../mockup/core/executives.ts';
import {
  findTransition,
  ingestionSubstates,
  ousStates,
  substateFits,
} from '../../../mockup/core/ous/life-cycle.ts';
import {
  ChangeRefusedError,
  clearExecutive,
  enteredState,
  hasCause,
  launchOus,
  type OusDocument,
  setExecutive,
  setState,
  setSubstate,
} from '../../../mockup/core/ous/ous.ts';
import { nextTimestamp } from '../../../mockup/core/ous/reading.ts';
import { recipes } from '../../../mockup/core/ous/recipes.ts';

const UID = 'uid://X1/X1/Xb0';
const START_MS = Date.UTC(2026, 0, 5);

type Step =
  | { do: 'launch' }
  | { do: 'state'; value: string }
  | { do: 'substate'; value: string | null }
  | { do: 'executive'; value: (typeof executives)[number] }
  | { do: 'clear' };

const step: fc.Arbitrary<Step & { later_ms: number }> = fc
  .record(
    {
      do: fc.constantFrom('launch', 'state', 'state', 'state', 'substate', 'executive', 'clear'),
      state: fc.constantFrom(...ousStates, 'Lost'),
      substate: fc.constantFrom(...recipes, ...ingestionSubstates, '', null, 'Unknown'),
      executive: fc.constantFrom(...executives),
      later_ms: fc.integer({ min: -5000, max: 5000 }),
    },
    { requiredKeys: ['do', 'state', 'substate', 'executive', 'later_ms'] },
  )
  .map(({ do: what, later_ms, ...values }) => {
    const value = (values as Record<string, unknown>)[what];
    return { do: what, value, later_ms } as Step & { later_ms: number };
  });

function apply(ous: OusDocument, what: Step, timestamp: string): OusDocument {
  const context = { timestamp, by: 'test@JAO' };
  switch (what.do) {
    case 'launch':
      return launchOus(ous, UID, '2015.1.00657.S', context);
    case 'state':
      return setState(ous, what.value, context);
    case 'substate':
      return setSubstate(ous, what.value, context);
    case 'executive':
      return setExecutive(ous, what.value, context);
    case 'clear':
      return clearExecutive(ous, context);
  }
}

function launched(): OusDocument {
  const timestamp = nextTimestamp(undefined, START_MS);
  return launchOus(undefined, UID, '2015.1.00657.S', { timestamp, by: 'launcher@JAO' });
}

/** All documents that a sequence of requests leads to; what is refused changes nothing. */
function run(steps: readonly (Step & { later_ms: number })[]): OusDocument[] {
  let now_ms = START_MS;
  const seen = [launched()];
  for (const what of steps) {
    now_ms += what.later_ms;
    const ous = seen.at(-1) as OusDocument;
    try {
      seen.push(apply(ous, what, nextTimestamp(ous, now_ms)));
    } catch (error) {
      if (!(error instanceof ChangeRefusedError)) throw error;
    }
  }
  return seen;
}

const sequences = fc.array(step, { maxLength: 40 });

describe('after any sequence of requests', () => {
  test('the history is a path in the table, launches apart', () => {
    fc.assert(
      fc.property(sequences, (steps) => {
        const history = run(steps).at(-1)?.history ?? [];
        for (const [place, entry] of history.entries()) {
          const before = history[place - 1];
          if (!before || before.state === entry.state) continue;
          const isLaunch = entry.state === 'ReadyForProcessing' && entry.substate === null;
          expect(isLaunch || findTransition(before.state, entry.state)).toBeTruthy();
        }
      }),
    );
  });

  test('its times grow strictly, also when the clock is set back', () => {
    fc.assert(
      fc.property(sequences, (steps) => {
        const times =
          run(steps)
            .at(-1)
            ?.history?.map(({ timestamp }) => timestamp) ?? [];
        expect(times).toEqual([...new Set(times)].toSorted());
      }),
    );
  });

  test('its last entry is the document, and no entry is ever changed', () => {
    fc.assert(
      fc.property(sequences, (steps) => {
        const seen = run(steps);
        for (const [place, ous] of seen.entries()) {
          const { state, substate, timestamp, flags, history = [] } = ous;
          const executive = flags.PL_PROCESSING_EXECUTIVE ?? null;
          expect(history.at(-1)).toMatchObject({ state, substate, timestamp, executive });
          const earlier = seen[place - 1]?.history ?? [];
          expect(history.slice(0, earlier.length)).toEqual(earlier);
        }
      }),
    );
  });

  test('the substate fits the state, or was left by a transition that keeps it', () => {
    fc.assert(
      fc.property(sequences, (steps) => {
        for (const { state, substate } of run(steps)) {
          expect([state, substate, substateFits(state, substate)]).toEqual([
            state,
            substate,
            true,
          ]);
        }
      }),
    );
  });

  test('the time of entering the state is that of an entry with this state', () => {
    fc.assert(
      fc.property(sequences, (steps) => {
        const ous = run(steps).at(-1) as OusDocument;
        const entered = enteredState(ous);
        const history = ous.history ?? [];
        const from = history.findIndex(({ timestamp }) => timestamp === entered?.timestamp);
        expect(history.slice(from).every(({ state }) => state === ous.state)).toBe(true);
        expect(history[from - 1]?.state).not.toBe(ous.state);
      }),
    );
  });
});

describe('a change', () => {
  const at = { timestamp: '2026-01-05T00:00:09.000', by: 'test@JAO' };
  const walk = (...states: string[]): OusDocument =>
    states.reduce((ous, state) => setState(ous, state, at), launched());

  test('keeps fields that it does not know', () => {
    const ous = { ...launched(), comment: 'hello', _rev: '1-a' };
    expect(setState(ous, 'Processing', at)).toMatchObject({ comment: 'hello', _rev: '1-a' });
  });

  test('is refused with 409 where the table has no such transition', () => {
    const refusal = expect.objectContaining({ status: 409 });
    expect(() => setState(launched(), 'Delivered', at)).toThrow(refusal);
    expect(() => setState(walk('Processing'), 'Processing', at)).toThrow(refusal);
    expect(() => setSubstate(launched(), 'ProductsIngested', at)).toThrow(refusal);
  });

  test.each(['Lost', '', null, 7, { a: 1 }])('is refused with 400 for state %j', (value) => {
    const refusal = expect.objectContaining({ status: 400 });
    expect(() => setState(launched(), value, at)).toThrow(refusal);
  });

  test.each(['Lost', 7, {}, undefined])('is refused with 400 for substate %j', (value) => {
    const refusal = expect.objectContaining({ status: 400 });
    expect(() => setSubstate(launched(), value, at)).toThrow(refusal);
  });

  test('to Delivered clears substate and executive', () => {
    const before = walk('Processing', 'ReadyForReview', 'Reviewing', 'Verified');
    const ingested = setSubstate(
      setState(setExecutive(before, 'EU', at), 'DeliveryInProgress', at),
      'ProductsIngested',
      at,
    );
    expect(ingested.flags).toEqual({ PL_PROCESSING_EXECUTIVE: 'EU' });
    expect(setState(ingested, 'Delivered', at)).toMatchObject({ substate: '', flags: {} });
  });

  test('that changes nothing gives the same document', () => {
    const ous = setExecutive(launched(), 'EU', at);
    expect(setExecutive(ous, 'EU', at)).toBe(ous);
    expect(setSubstate(ous, null, at)).toBe(ous);
    expect(clearExecutive(launched(), at).history).toHaveLength(1);
  });

  test('leaves its cause and reason in the history', () => {
    const context = { ...at, cause: 'step 1', reason: 'it was time' };
    const ous = setState(launched(), 'Processing', context);
    expect(hasCause(ous, 'step 1')).toBe(true);
    expect(hasCause(ous, 'step 2')).toBe(false);
    expect(ous.history?.at(-1)).toMatchObject({ cause: 'step 1', reason: 'it was time' });
  });
});
