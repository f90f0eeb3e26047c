// The life cycle as data: it is the table of the workflow, and hangs together.

import { expect, test } from 'vitest';
import {
  findTransition,
  ingestionSubstates,
  isKnownSubstate,
  isOusState,
  type OusState,
  ousStates,
  substateFits,
  transitions,
} from '../../../mockup/core/ous/life-cycle.ts';
import { recipes } from '../../../mockup/core/ous/recipes.ts';

// The table of the workflow's description, written down a second time on purpose.
const allowed = [
  'FullyObserved ReadyForProcessing',
  'ReadyForProcessing Processing',
  'Processing ReadyForProcessing',
  'Processing ProcessingProblem',
  'ProcessingProblem ReadyForProcessing',
  'Processing ReadyForReview',
  'ReadyForReview Reviewing',
  'Reviewing ReadyForReview',
  'Reviewing ReadyForProcessing',
  'Reviewing Verified',
  'Verified DeliveryInProgress',
  'DeliveryInProgress Delivered',
  'Delivered QA3InProgress',
  'QA3InProgress Delivered',
  'QA3InProgress ReadyForProcessing',
];

test('exactly the transitions of the workflow are allowed', () => {
  const found = ousStates.flatMap((from) =>
    ousStates.filter((to) => findTransition(from, to)).map((to) => `${from} ${to}`),
  );
  expect(found.toSorted()).toEqual(allowed.toSorted());
  expect(transitions).toHaveLength(allowed.length);
});

test('every state can be reached from ReadyForProcessing but the one before it', () => {
  const reached = new Set<OusState>(['ReadyForProcessing']);
  for (const state of reached) {
    for (const { from, to } of transitions) if (from === state) reached.add(to);
  }
  expect([...ousStates].filter((state) => !reached.has(state))).toEqual(['FullyObserved']);
});

test('a substate belongs to its states', () => {
  const fitting = (substate: string) => ousStates.filter((state) => substateFits(state, substate));
  for (const recipe of recipes) {
    expect(fitting(recipe)).toEqual(['ReadyForProcessing', 'Processing', 'ProcessingProblem']);
  }
  for (const step of ingestionSubstates) {
    expect(fitting(step)).toEqual(['Verified', 'DeliveryInProgress']);
  }
  for (const none of ['', null]) {
    expect(ousStates.every((state) => substateFits(state, none))).toBe(true);
    expect(isKnownSubstate(none)).toBe(true);
  }
  expect(isKnownSubstate('Pipeline')).toBe(false);
});

test.each(['', 'processing', 'toString', null, 3, {}])('%j is no state', (value) => {
  expect(isOusState(value)).toBe(false);
});
