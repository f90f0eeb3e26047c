// When an OUS counts as stuck: it is in its state for longer than that should take. The limits are
// for the mockup, whose processing takes seconds; an observatory sets its own.

import type { OusState } from '../../../mockup/core/ous/life-cycle.ts';
import type { Config, OusSummary } from '../../protocol/summaries.ts';

const MINUTE_S = 60;
const HOUR_S = 3600;

export const defaultStuckAfter_s: Readonly<Record<OusState, number | null>> = {
  FullyObserved: 24 * HOUR_S,
  ReadyForProcessing: 15 * MINUTE_S,
  Processing: 10 * MINUTE_S,
  ProcessingProblem: 5 * MINUTE_S,
  ReadyForReview: 15 * MINUTE_S,
  Reviewing: 10 * MINUTE_S,
  Verified: 5 * MINUTE_S,
  DeliveryInProgress: 5 * MINUTE_S,
  Delivered: null,
  QA3InProgress: 24 * HOUR_S,
};

export function isStuck(ous: OusSummary, { stuckAfter_s }: Config, now_ms: number): boolean {
  const limit_s = Object.hasOwn(stuckAfter_s, ous.state) ? stuckAfter_s[ous.state] : null;
  if (limit_s === null || limit_s === undefined) return false;
  // Without a time: as if it had always been here, so that somebody looks at it.
  return now_ms - (ous.since_ms ?? 0) > limit_s * 1000;
}
