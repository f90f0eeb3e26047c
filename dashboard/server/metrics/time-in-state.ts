// How long OUSs stayed in each state, as histograms: of the stays that were seen to end since the
// dashboard started, and of those of the OUSs that it read then. They only grow, also where an OUS
// is not kept any more.

import { Histogram } from 'prom-client';
import { ousStates } from '../../../mockup/core/ous/life-cycle.ts';

const BUCKETS_S = [1, 5, 10, 30, 60, 300, 900, 3600, 14_400, 86_400, 604_800];

export class TimesInStates {
  readonly histogram = new Histogram({
    name: 'draws_ous_time_in_state_seconds',
    help: 'How long OUSs stayed in each state, for stays that have ended.',
    labelNames: ['state'],
    buckets: BUCKETS_S,
    registers: [],
  });

  constructor() {
    for (const state of ousStates) this.histogram.zero({ state });
  }

  /** Counts the stays that have ended, beyond those that `before` had; tracks: see OusReading. */
  add(track: readonly number[], before: readonly number[] = []): void {
    for (let at = Math.max(0, before.length - 2); at + 3 < track.length; at += 2) {
      const state = ousStates[track[at + 1] ?? -1];
      const stay_s = ((track[at + 2] ?? 0) - (track[at] ?? 0)) / 1000;
      if (state && stay_s >= 0) this.histogram.observe({ state }, stay_s);
    }
  }
}
