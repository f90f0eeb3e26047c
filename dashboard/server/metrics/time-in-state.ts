// How long OUSs stayed in each state, as histograms: of the stays that were seen to end since the
// dashboard started, and of those of the OUSs that it read then. They only grow, also where an OUS
// is not kept any more.

import { ousStates } from '../../../mockup/core/ous/life-cycle.ts';
import type { Sample } from './metric-text.ts';

const BUCKETS_S = [1, 5, 10, 30, 60, 300, 900, 3600, 14_400, 86_400, 604_800];

interface Histogram {
  /** One more than buckets: the last is of what is longer than all. */
  counts: number[];
  sum_s: number;
}

export class TimesInStates {
  readonly #histograms = ousStates.map(
    (): Histogram => ({ counts: Array(BUCKETS_S.length + 1).fill(0), sum_s: 0 }),
  );

  /** Counts the stays that have ended, beyond those that `before` had; tracks: see OusReading. */
  add(track: readonly number[], before: readonly number[] = []): void {
    for (let at = Math.max(0, before.length - 2); at + 3 < track.length; at += 2) {
      const histogram = this.#histograms[track[at + 1] ?? -1];
      const stay_s = ((track[at + 2] ?? 0) - (track[at] ?? 0)) / 1000;
      if (histogram && stay_s >= 0) add(histogram, stay_s);
    }
  }

  samples(): Sample[] {
    return ousStates.flatMap((state, index) =>
      samples(state, this.#histograms[index] as Histogram),
    );
  }
}

function add(histogram: Histogram, stay_s: number): void {
  const found = BUCKETS_S.findIndex((limit_s) => stay_s <= limit_s);
  const bucket = found < 0 ? BUCKETS_S.length : found;
  histogram.counts[bucket] = (histogram.counts[bucket] ?? 0) + 1;
  histogram.sum_s += stay_s;
}

function samples(state: string, { counts, sum_s }: Histogram): Sample[] {
  let total = 0;
  const buckets = counts.map((count, index): Sample => {
    total += count;
    const le = BUCKETS_S[index];
    const labels = { state, le: le === undefined ? '+Inf' : String(le) };
    return { suffix: '_bucket', labels, value: total };
  });
  return [
    ...buckets,
    { suffix: '_sum', labels: { state }, value: sum_s },
    { suffix: '_count', labels: { state }, value: total },
  ];
}
