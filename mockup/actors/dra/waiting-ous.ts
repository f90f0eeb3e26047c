// What the DRA tool keeps of an OUS: those that wait for the Pipeline and those it has been given.

import { type Executive, isExecutive } from '../../core/executives.ts';
import { enteredState, type OusDocument } from '../../core/ous/ous.ts';
import { enteredAt, readOus } from '../../core/ous/reading.ts';
import { isPipelineRecipe } from '../../core/ous/recipes.ts';

export interface DraOus {
  id: string;
  ousUid: string;
  progId: string;
  state: 'ReadyForProcessing' | 'Processing';
  recipe: string;
  /** When it entered its state. */
  since: string;
  executive: Executive | undefined;
  /** In Processing: where a DRA tool decided to send it, and who that was. */
  assignment: { location: Executive; by: string } | undefined;
}

/** Undefined for an OUS that is nothing to the DRA tool: another state, no Pipeline recipe. */
export function asDraOus(doc: OusDocument): DraOus | undefined {
  const ous = readOus(doc);
  if (!ous || !isPipelineRecipe(ous.substate)) return undefined;
  if (ous.state !== 'ReadyForProcessing' && ous.state !== 'Processing') return undefined;
  return {
    id: ous._id,
    ousUid: ous.entityId,
    progId: ous.progID,
    state: ous.state,
    recipe: String(ous.substate),
    since: enteredAt(ous),
    executive: ous.flags.PL_PROCESSING_EXECUTIVE,
    assignment: ous.state === 'Processing' ? assignmentOf(ous) : undefined,
  };
}

/** What a DRA tool's decision writes into the history: the same for each repetition of it. */
export function assignmentCause(location: Executive, readySince: string): string {
  return `assigned to ${location} at ${readySince}`;
}

function assignmentOf(ous: OusDocument): DraOus['assignment'] {
  const entered = enteredState(ous);
  const location = /^assigned to (\w+) at /.exec(entered?.cause ?? '')?.[1];
  return entered && isExecutive(location) ? { location, by: entered.by } : undefined;
}
