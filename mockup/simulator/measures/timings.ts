// ALMA's own timing measures of an OUS, as AQUA's QA2 dashboard defines them, from its history.

import type { OusState } from '../../core/ous/life-cycle.ts';
import type { OusRecord } from './cycle-record.ts';

export const timingNames = [
  'staging',
  'assignment',
  'analysis',
  'review',
  'delivery',
  'observation-to-delivery',
] as const;

export type TimingName = (typeof timingNames)[number];

/** What each measure counts from and to. */
export const timingMeanings: Readonly<Record<TimingName, string>> = {
  staging: 'last QA0 pass to first ReadyForProcessing',
  assignment: 'first ReadyForProcessing to first Processing',
  analysis: 'first Processing to last ReadyForReview',
  review: 'last ReadyForReview to last Verified',
  delivery: 'last Verified to last Delivered',
  'observation-to-delivery': 'last QA0 pass to last Delivered',
};

/** Seconds; infinite where it did not end, undefined where it did not begin. */
export type Timings = Record<TimingName, number | undefined>;

export function timingsOf(ous: OusRecord): Timings {
  const first = (state: OusState) => ous.states.find((one) => one.state === state)?.since_ms;
  const last = (state: OusState) => ous.states.findLast((one) => one.state === state)?.since_ms;
  const isDelivered = ous.states.at(-1)?.state === 'Delivered';
  const verified = last('Verified');
  const reviewed = last('ReadyForReview');
  const delivered = isDelivered ? last('Delivered') : undefined;
  return {
    staging: between(ous.observed_ms, first('ReadyForProcessing')),
    assignment: between(first('ReadyForProcessing'), first('Processing')),
    analysis: between(first('Processing'), reviewed),
    review: between(reviewed, after(verified, reviewed)),
    delivery: between(verified, delivered),
    'observation-to-delivery': between(ous.observed_ms, delivered),
  };
}

function between(from_ms: number | undefined, to_ms: number | undefined): number | undefined {
  if (from_ms === undefined) return undefined;
  return to_ms === undefined ? Number.POSITIVE_INFINITY : (to_ms - from_ms) / 1000;
}

/** An OUS that was reprocessed may have been verified before. */
function after(time_ms: number | undefined, begun_ms: number | undefined): number | undefined {
  return time_ms !== undefined && begun_ms !== undefined && time_ms >= begun_ms
    ? time_ms
    : undefined;
}
