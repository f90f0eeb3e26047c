// The times that the Pipeline was at an OUS: what its history tells of them, and what reports and
// products do. A run that failed leaves no report, one under way not yet, and a history that was
// begun late or kept by nobody lacks the earlier ones: only together do they count right.

import type { HistoryStep, PipelineRun } from '../../../protocol/json-api.ts';
import { type Stay, staysOf } from './stays.ts';

export interface PipelineAttempt {
  /** When it began, as far as is known. */
  time_ms: number | null;
  /** What it left behind; undefined where nothing is known of that. */
  run: PipelineRun | undefined;
  /** In Processing; undefined where the history has no such time. */
  stay: Stay | undefined;
  /** The step by which it left Processing; undefined while it is there. */
  outcome: HistoryStep | undefined;
}

/** Newest first. A run belongs to the latest stay in Processing that had begun by its time. */
export function pipelineAttempts(
  history: readonly HistoryStep[],
  runs: readonly PipelineRun[],
): PipelineAttempt[] {
  const stays = staysOf(history);
  const unseen = new Map<Stay, HistoryStep | undefined>();
  for (const [index, stay] of stays.entries()) {
    if (stay.state === 'Processing') unseen.set(stay, stays[index + 1]?.steps[0]);
  }
  const outcomes = new Map(unseen);
  const attempts: PipelineAttempt[] = [];
  for (const run of runs) {
    const stay = [...outcomes.keys()].findLast((one) => hasBegun(one, run.time_ms));
    const outcome = stay && outcomes.get(stay);
    if (stay) unseen.delete(stay);
    attempts.push({ time_ms: run.time_ms, run, stay, outcome });
  }
  for (const [stay, outcome] of unseen) {
    attempts.push({ time_ms: stay.start_ms, run: undefined, stay, outcome });
  }
  return attempts.sort((one, other) => (other.time_ms ?? 0) - (one.time_ms ?? 0));
}

export function hasFailed({ outcome }: PipelineAttempt): boolean {
  return outcome?.state === 'ProcessingProblem';
}

function hasBegun({ start_ms }: Stay, time_ms: number | null): boolean {
  return start_ms !== null && time_ms !== null && start_ms <= time_ms;
}
