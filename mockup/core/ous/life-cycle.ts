// The life cycle of an OUS as data: its states, the transitions that XTSS allows, what a
// transition changes besides the state, and which substates belong to which state.

import { recipes } from './recipes.ts';

export const ousStates = [
  'FullyObserved',
  'ReadyForProcessing',
  'Processing',
  'ProcessingProblem',
  'ReadyForReview',
  'Reviewing',
  'Verified',
  'DeliveryInProgress',
  'Delivered',
  'QA3InProgress',
] as const;

export type OusState = (typeof ousStates)[number];

/** What a transition does besides setting the state. */
interface TransitionEffects {
  substate?: string | null;
  clearExecutive?: true;
}

export interface Transition {
  from: OusState;
  to: OusState;
  why: string;
  effects?: TransitionEffects;
}

export const transitions: readonly Transition[] = [
  { from: 'FullyObserved', to: 'ReadyForProcessing', why: 'the OUS is released for processing' },
  { from: 'ReadyForProcessing', to: 'Processing', why: 'Pipeline processing started' },
  { from: 'Processing', to: 'ReadyForProcessing', why: 'shortcut to another manual recipe' },
  { from: 'Processing', to: 'ProcessingProblem', why: 'the Pipeline failed' },
  { from: 'ProcessingProblem', to: 'ReadyForProcessing', why: 'queued again' },
  {
    from: 'Processing',
    to: 'ReadyForReview',
    why: 'processing completed',
    effects: { substate: null },
  },
  { from: 'ReadyForReview', to: 'Reviewing', why: 'QA2 review started' },
  { from: 'Reviewing', to: 'ReadyForReview', why: 'QA2 review cancelled' },
  { from: 'Reviewing', to: 'ReadyForProcessing', why: 'QA2 Fail', effects: { substate: null } },
  { from: 'Reviewing', to: 'Verified', why: 'QA2 Pass or Semipass' },
  { from: 'Verified', to: 'DeliveryInProgress', why: 'delivery started' },
  {
    from: 'DeliveryInProgress',
    to: 'Delivered',
    why: "all products are in the ARC's NGAS",
    effects: { substate: '', clearExecutive: true },
  },
  { from: 'Delivered', to: 'QA3InProgress', why: 'the PI reports a data issue' },
  { from: 'QA3InProgress', to: 'Delivered', why: 'no issue found' },
  {
    from: 'QA3InProgress',
    to: 'ReadyForProcessing',
    why: 'reprocess',
    effects: { substate: null },
  },
];

/** The steps of ingestion, in order. They begin while the OUS is still Verified. */
export const ingestionSubstates = [
  'IngestionTriggered',
  'AnalyzingProducts',
  'IngestingProducts',
  'ProductsIngested',
] as const;

export type IngestionSubstate = (typeof ingestionSubstates)[number];

const substatesOf: Partial<Record<OusState, readonly string[]>> = {
  ReadyForProcessing: recipes,
  Processing: recipes,
  // The recipe stays, so that an OUS that is queued again is processed by the same one.
  ProcessingProblem: recipes,
  Verified: ingestionSubstates,
  DeliveryInProgress: ingestionSubstates,
};

const knownSubstates: readonly string[] = [...recipes, ...ingestionSubstates];

export function isOusState(value: unknown): value is OusState {
  return ousStates.includes(value as OusState);
}

export function findTransition(from: OusState, to: OusState): Transition | undefined {
  return transitions.find((transition) => transition.from === from && transition.to === to);
}

/** True for a substate that exists in some state; null and "" stand for none. */
export function isKnownSubstate(value: string | null): boolean {
  return !value || knownSubstates.includes(value);
}

/** True where an OUS in `state` may have this substate; having none is always allowed. */
export function substateFits(state: OusState, substate: string | null): boolean {
  return !substate || (substatesOf[state]?.includes(substate) ?? false);
}
