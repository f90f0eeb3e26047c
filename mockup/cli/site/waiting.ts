// What each OUS that is not Delivered is at: actors take it further, or it waits for somebody who
// does something: the person at `dra` or `aqua-qa2`, or whoever launches it again.

import type { OusDocument } from '../../core/ous/ous.ts';
import { isPipelineRecipe, manualRecipes } from '../../core/ous/recipes.ts';
import { textTable } from '../terminal/text-table.ts';

export interface WaitingOus {
  ousUID: string;
  state: string;
  /** The recipe, where it has one. */
  substate: string | null;
  /** Who, or what to do. */
  waitsFor: string;
}

const SHOWN_MAX = 20;

/** Those that have waited longest come first. */
export function waitingOuss(ouss: readonly OusDocument[]): WaitingOus[] {
  return ouss
    .toSorted((one, other) => (one.timestamp < other.timestamp ? -1 : 1))
    .flatMap((ous) => {
      const waitsFor = whatFor(ous);
      const { entityId: ousUID, state, substate } = ous;
      return waitsFor === undefined ? [] : [{ ousUID, state, substate, waitsFor }];
    });
}

function whatFor({ state, substate }: OusDocument): string | undefined {
  if (state === 'ReadyForReview') return 'aqua-qa2';
  if (state === 'ProcessingProblem') return 'somebody who launches it again';
  if (state !== 'ReadyForProcessing') return undefined;
  if (isPipelineRecipe(substate)) return 'dra';
  const isManual = manualRecipes.some((recipe) => recipe === substate);
  return isManual ? 'a Pipeline recipe: launch it again' : undefined;
}

export interface UnderWayOus {
  ousUID: string;
  state: string;
  substate: string | null;
  executive: string | null;
  /** When it came to this state. */
  since: string;
}

/** Those that actors take further by themselves, in the order of the life cycle. */
export function oussUnderWay(ouss: readonly OusDocument[]): UnderWayOus[] {
  return ouss
    .filter((ous) => ous.state !== 'Delivered' && whatFor(ous) === undefined)
    .map(({ entityId, state, substate, flags, timestamp }) => ({
      ...{ ousUID: entityId, state, substate, since: timestamp },
      executive: flags?.PL_PROCESSING_EXECUTIVE ?? null,
    }));
}

/** Nothing where none is. */
export function underWayLines(underWay: readonly UnderWayOus[]): string[] {
  if (underWay.length === 0) return [];
  const rows = underWay
    .slice(0, SHOWN_MAX)
    .map(({ ousUID, state, substate, executive, since }) => [
      `  ${ousUID}`,
      state,
      substate ?? '',
      executive ?? '',
      `since ${since}`,
    ]);
  const more = underWay.length - rows.length;
  return ['Under way', ...textTable(rows), ...(more > 0 ? [`  and ${more} more`] : [])];
}

/** Nothing where nobody is waited for. */
export function waitingLines(waiting: readonly WaitingOus[]): string[] {
  if (waiting.length === 0) return [];
  const shown = waiting.slice(0, SHOWN_MAX);
  const rows = shown.map(({ ousUID, state, substate, waitsFor }) => [
    `  ${ousUID}`,
    state,
    substate ?? '',
    `waits for ${waitsFor}`,
  ]);
  const more = waiting.length - shown.length;
  return ['Waiting', ...textTable(rows), ...(more > 0 ? [`  and ${more} more`] : [])];
}
