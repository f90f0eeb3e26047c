// What AQUA keeps of an OUS: those that wait for a review, are in one, or have passed it.

import { enteredState, type OusDocument } from '../../core/ous/ous.ts';
import { enteredAt, lastEntryInto, readOus } from '../../core/ous/reading.ts';
import { completedRunTimestamp } from '../../core/products/completed-run.ts';

export interface QaOus {
  id: string;
  ousUid: string;
  progId: string;
  state: 'ReadyForReview' | 'Reviewing' | 'Verified';
  substate: string | null;
  /** When it entered its state, by whom, and what for. */
  since: string;
  by: string;
  cause: string;
  /** When it was given to the Pipeline the last time: an older report is not about this run. */
  processedSince: string | undefined;
  /** The time of the run that made it ready for review; unknown where a Python driver did. */
  completedRun: string | undefined;
}

/** Undefined for an OUS in any other state. */
export function asQaOus(doc: OusDocument): QaOus | undefined {
  const ous = readOus(doc);
  if (!ous) return undefined;
  const { state } = ous;
  if (state !== 'ReadyForReview' && state !== 'Reviewing' && state !== 'Verified') {
    return undefined;
  }
  const entered = enteredState(ous);
  return {
    id: ous._id,
    ousUid: ous.entityId,
    progId: ous.progID,
    state,
    substate: ous.substate,
    since: enteredAt(ous),
    by: entered?.by ?? '',
    cause: entered?.cause ?? '',
    processedSince: lastEntryInto(ous, 'Processing')?.timestamp,
    completedRun: completedRunOf(ous),
  };
}

function completedRunOf({ history = [] }: OusDocument): string | undefined {
  const processed = history.findLastIndex(({ state }) => state === 'Processing');
  const after = history.slice(processed + 1);
  const completed = after.find(({ state }) => state === 'ReadyForReview');
  return completedRunTimestamp(completed?.cause ?? '');
}
