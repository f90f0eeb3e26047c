// The summary of an OUS, and the track of its states over time, from its document.

import { ousStates } from '../../../mockup/core/ous/life-cycle.ts';
import { enteredState, type OusDocument } from '../../../mockup/core/ous/ous.ts';
import { enteredAt, readOus } from '../../../mockup/core/ous/reading.ts';
import { isRecipe } from '../../../mockup/core/ous/recipes.ts';
import type { HistoryStep } from '../../protocol/json-api.ts';
import type { OusSummary } from '../../protocol/summaries.ts';
import { fieldsOf, textOf, timeOf } from './reading.ts';

export interface OusReading {
  summary: OusSummary;
  /** Pairs of time in ms and index into `ousStates` (-1: another word), in order of time. */
  steps: number[];
}

/** Undefined for a document that is no OUS. */
export function summariseOus(doc: object): OusReading | undefined {
  const ous = readOus(doc);
  if (!ous) return undefined;
  const steps = stepsOf(ous);
  const processing = ousStates.indexOf('Processing');
  const summary: OusSummary = {
    id: ous._id,
    uid: textOf(ous.entityId) ?? '',
    progId: textOf(ous.progID) ?? '',
    state: textOf(ous.state) ?? '',
    substate: textOf(ous.substate) || null,
    executive: textOf(ous.flags.PL_PROCESSING_EXECUTIVE) || executiveOf(ous),
    recipe: recipeOf(ous),
    reason: textOf(enteredState(ous)?.reason),
    since_ms: timeOf(enteredAt(ous)),
    changed_ms: timeOf(ous.timestamp),
    runs: steps.filter((step, index) => index % 2 === 1 && step === processing).length,
  };
  return { summary, steps };
}

/** The history as it is shown; without one, the present state alone. */
export function historyOf(doc: object): HistoryStep[] {
  const ous = readOus(doc);
  if (!ous) return [];
  const history = ous.history ?? [{ ...ous, by: '', executive: null }];
  return history.map((entry) => {
    const { timestamp, state, substate, executive, by, reason } = fieldsOf(entry);
    return {
      time_ms: timeOf(timestamp),
      state: textOf(state) ?? '',
      substate: textOf(substate) || null,
      executive: textOf(executive) || null,
      by: textOf(by) ?? '',
      reason: textOf(reason),
    };
  });
}

/** Only changes of the state; without a history, the present state since the last change. */
function stepsOf(ous: OusDocument): number[] {
  const steps: number[] = [];
  let last: string | undefined;
  for (const { timestamp, state } of ous.history ?? [ous]) {
    const time_ms = timeOf(timestamp);
    if (state === last || time_ms === null) continue;
    last = state;
    steps.push(time_ms, ousStates.indexOf(state));
  }
  return steps;
}

/** A Delivered one has none any more: who processed it stays worth knowing. */
function executiveOf({ state, history }: OusDocument): string | null {
  if (state !== 'Delivered') return null;
  return textOf(history?.findLast(({ executive }) => executive)?.executive) || null;
}

function recipeOf(ous: OusDocument): string | null {
  if (isRecipe(ous.substate)) return ous.substate;
  const entry = ous.history?.findLast(({ substate }) => isRecipe(substate));
  return entry?.substate ?? null;
}
