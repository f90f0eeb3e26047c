// When a run may have chosen its time, by the history that XTSS keeps. What a run wrote is named by that
// time: so a message can't make something of a run that was written at another time.

import { parseTimestamp } from '../timestamps.ts';
import type { OusDocument } from './ous.ts';
import { begunRun, type RunIdentity } from './run-identity.ts';

/** Clocks of sites differ, and a later attempt takes a later time than the one before. */
const SLACK_MS = 600_000;

/**
 * True where the time lies between the beginning of the run, or of its assignment, and the beginning of
 * the attempt that superseded it. False too where the history does not tell.
 */
export function isTimeOfRun(
  { history = [] }: Pick<OusDocument, 'history'>,
  run: RunIdentity,
  timestamp: string,
): boolean {
  const next = history.findIndex(({ cause }) => {
    const begun = begunRun(cause);
    return begun?.assignment === run.assignment && begun.attempt > run.attempt;
  });
  const end = history[next];
  if (!end) return false;
  const before = history.slice(0, next);
  const begin =
    before.findLast(({ cause }) => isBeginOf(run, cause)) ??
    before.findLast(({ state }) => state === 'Processing');
  const time_ms = parseTimestamp(timestamp);
  const isEarly = begin !== undefined && time_ms < parseTimestamp(begin.timestamp) - SLACK_MS;
  return !isEarly && time_ms <= parseTimestamp(end.timestamp) + SLACK_MS;
}

function isBeginOf({ assignment, attempt }: RunIdentity, cause: string | undefined): boolean {
  const begun = begunRun(cause);
  return begun?.assignment === assignment && begun.attempt === attempt;
}
