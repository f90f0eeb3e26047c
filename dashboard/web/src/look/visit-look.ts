// How the state of a detector's visit looks: a class for its colour and a drawn sign.

import { type VisitState, visitStates } from '../../../../mockup/core/prompt/visit-record.ts';

/** Paths of signs of 16 by 16 units, drawn as lines. */
const signs: Readonly<Record<VisitState, string>> = {
  announced: 'M3 8h10M8 3v10',
  preparing: 'M3 4h10M3 8h10M3 12h6',
  waiting: 'M8 1.8a6.2 6.2 0 1 0 .01 0zM8 4.6V8l2.4 1.8',
  processing: 'M8 2v3M8 11v3M2 8h3M11 8h3M4 4l2 2M10 10l2 2M12 4l-2 2M6 10l-2 2',
  processed: 'M3 8.6l3.2 3.2L13 4.6',
  partial: 'M3 8.6l3.2 3.2L9.6 8M12 11.6v.3',
  'no-data': 'M8 2.2a5.8 5.8 0 1 0 .01 0zM4 12 12 4',
  'timed-out': 'M4 2.6h8L4 13.4h8z',
  failed: 'M3.5 3.5l9 9M12.5 3.5l-9 9',
  expired: 'M3.5 8h9',
  ignored: 'M5 3v10M11 3v10',
};

const OTHER_SIGN = 'M5.4 6a2.6 2.6 0 1 1 3.6 2.4c-.7.3-1 .8-1 1.5v.3M8 12.6v.4';

/** Over without alerts. */
export const withoutAlerts: readonly string[] = ['no-data', 'timed-out', 'failed', 'expired'];

function isKnownVisitState(state: string): state is VisitState {
  return visitStates.includes(state as VisitState);
}

export function visitClass(state: string): string {
  return isKnownVisitState(state) ? `visit-${state}` : 'visit-other';
}

export function visitSign(state: string): string {
  return isKnownVisitState(state) ? signs[state] : OTHER_SIGN;
}
