// How a state looks: a class for its colour and a drawn sign, so that nothing depends on colour.

import { type OusState, ousStates } from '../../../../mockup/core/ous/life-cycle.ts';

/** Paths of signs of 16 by 16 units, drawn as lines of 1.7 units. */
const signs: Readonly<Record<OusState, string>> = {
  FullyObserved: 'M2.5 9.5a6 6 0 0 0 9.6 3.6zM7 9.5l4.5-5M12.6 2.6v2.2h-2.2',
  ReadyForProcessing: 'M3 4h10M3 8h10M3 12h6',
  Processing:
    'M8 2v2.4M8 11.6V14M2 8h2.4M11.6 8H14M4 4l1.6 1.6M10.4 10.4 12 12M12 4l-1.6 1.6M5.6 10.4 4 12',
  ProcessingProblem: 'M5.4 1.8h5.2l3.6 3.6v5.2l-3.6 3.6H5.4l-3.6-3.6V5.4zM8 4.8v4M8 11v.4',
  ReadyForReview: 'M1.6 8S4 3.8 8 3.8 14.4 8 14.4 8 12 12.2 8 12.2 1.6 8 1.6 8z',
  Reviewing:
    'M1.6 8S4 3.8 8 3.8 14.4 8 14.4 8 12 12.2 8 12.2 1.6 8 1.6 8zM8 6.6a1.4 1.4 0 1 0 .01 0z',
  Verified: 'M3 8.6l3.2 3.2L13 4.6',
  DeliveryInProgress: 'M2 8h10.4M8.6 4l4 4-4 4',
  Delivered: 'M8 1.8a6.2 6.2 0 1 0 .01 0zM5 8.2l2.2 2.2L11 6.2',
  QA3InProgress: 'M5.4 6a2.6 2.6 0 1 1 3.6 2.4c-.7.3-1 .8-1 1.5v.3M8 12.6v.4',
};

const OTHER_SIGN = 'M8 2.2a5.8 5.8 0 1 0 .01 0z';

function isKnownState(state: string): state is OusState {
  return ousStates.includes(state as OusState);
}

/** `ReadyForReview` → `state-ready-for-review`; an unknown word → `state-other`. */
export function stateClass(state: string): string {
  if (!isKnownState(state)) return 'state-other';
  const words = state.replaceAll(/(?<=[a-z])(?=[A-Z])|(?<=\d)(?=[A-Z][a-z])/g, '-');
  return `state-${words.toLowerCase()}`;
}

export function stateSign(state: string): string {
  return isKnownState(state) ? signs[state] : OTHER_SIGN;
}

/** Where a long state may break into lines: `ReadyFor`, `Processing`. */
export function stateWords(state: string): string[] {
  const words = state.split(/(?<=[a-z])(?=[A-Z])|(?<=\d)(?=[A-Z][a-z])/);
  if (words.length < 3) return words;
  const last = words.pop() ?? '';
  return state.startsWith('Delivery') || state.startsWith('QA3')
    ? [words[0] ?? '', `${words.slice(1).join('')}${last}`]
    : [words.join(''), last];
}
