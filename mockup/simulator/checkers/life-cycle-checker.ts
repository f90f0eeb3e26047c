// Is the history of an OUS a way through the life cycle? The allowed steps are written down here
// once more, from the specification, so that a mistake in the actors' own table is seen.

import type { Document } from '../../platform/couch/database.ts';

const steps = new Set([
  'ReadyForProcessing > Processing',
  'Processing > ReadyForProcessing',
  'Processing > ProcessingProblem',
  'ProcessingProblem > ReadyForProcessing',
  'Processing > ReadyForReview',
  'ReadyForReview > Reviewing',
  'Reviewing > ReadyForReview',
  'Reviewing > ReadyForProcessing',
  'Reviewing > Verified',
  'Verified > DeliveryInProgress',
  'DeliveryInProgress > Delivered',
  'Delivered > QA3InProgress',
  'QA3InProgress > Delivered',
  'QA3InProgress > ReadyForProcessing',
]);

const ingestion = [
  'IngestionTriggered',
  'AnalyzingProducts',
  'IngestingProducts',
  'ProductsIngested',
];

export interface Entry {
  timestamp: string;
  state: string;
  substate: string | null;
  executive: string | null;
  by: string;
  cause?: string;
}

export function historyOf(ous: Document): Entry[] {
  return Array.isArray(ous.history) ? (ous.history as Entry[]) : [];
}

/** How many Pipeline runs of the OUS were completed. */
export function completedRuns(history: readonly Entry[]): number {
  return statesOf(history).filter((state, place, states) => {
    return state === 'ReadyForReview' && states[place - 1] === 'Processing';
  }).length;
}

/** What is wrong with the history of a delivered OUS; nothing: an empty list. */
export function checkHistory(ous: Document): string[] {
  const history = historyOf(ous);
  const last = history.at(-1);
  const problems: string[] = [];
  const state = { state: ous.state, substate: ous.substate || null };
  if (last?.state !== state.state || (last?.substate || null) !== state.substate) {
    problems.push(`the history ends in ${last?.state}, the OUS is ${state.state}`);
  }
  problems.push(...checkProgress(history));
  if (lastIngestion(history).join() !== ingestion.join()) {
    problems.push(`ingested by ${lastIngestion(history).join(', ') || 'nobody'}`);
  }
  return problems;
}

/** What is wrong with the history of an OUS, wherever it is by now; nothing: an empty list. */
export function checkProgress(history: readonly Entry[]): string[] {
  const problems: string[] = [];
  for (const [place, entry] of history.entries()) {
    const before = history[place - 1];
    if (before) problems.push(...checkStep(before, entry));
    else if (entry.state !== 'ReadyForProcessing') problems.push(`begins as ${entry.state}`);
  }
  // A launch with a recipe makes two entries in one write.
  const others = history.filter(({ by }) => !by.startsWith('launcher@'));
  const causes = others.flatMap(({ cause }) => (cause === undefined ? [] : [cause]));
  const repeated = causes.find((cause, place) => causes.indexOf(cause) !== place);
  if (repeated !== undefined) problems.push(`happened twice: ${repeated}`);
  return problems;
}

function checkStep(before: Entry, entry: Entry): string[] {
  const problems: string[] = [];
  if (entry.timestamp <= before.timestamp) {
    problems.push(`${entry.state} at ${entry.timestamp}, not after ${before.timestamp}`);
  }
  const step = `${before.state} > ${entry.state}`;
  const isLaunch = entry.state === 'ReadyForProcessing' && entry.by.startsWith('launcher@');
  if (before.state !== entry.state && !isLaunch && !steps.has(step)) {
    problems.push(`no such transition: ${step} by ${entry.by}`);
  }
  return problems;
}

/** The states in order, each stay once. */
function statesOf(history: readonly Entry[]): string[] {
  const states = history.map(({ state }) => state);
  return states.filter((state, place) => place === 0 || states[place - 1] !== state);
}

/** The steps of ingestion since the last time that the OUS became Verified, each stay once. */
function lastIngestion(history: readonly Entry[]): string[] {
  const since = history.findLastIndex(
    ({ state }, place) => state === 'Verified' && history[place - 1]?.state !== 'Verified',
  );
  const substates = since < 0 ? [] : history.slice(since).map(({ substate }) => substate ?? '');
  return substates.filter((substate, place) => {
    return substate !== '' && substates[place - 1] !== substate;
  });
}
