// What the histories of all OUSs say together: how many were in each state at a moment, how many
// were delivered when, how long they stayed in each state. Pure.

import type { Track } from './history-tracks.ts';

/** Index of the state at this moment; undefined before the track begins. */
function stateAt(track: Track, time_ms: number): number | undefined {
  const { times_ms, states } = track;
  let low = 0;
  let high = times_ms.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((times_ms[middle] as number) <= time_ms) low = middle + 1;
    else high = middle;
  }
  return low === 0 ? undefined : states[low - 1];
}

/** How many OUSs were in each state; other states are not counted. */
export function countsAt(tracks: readonly Track[], time_ms: number, stateCount: number): number[] {
  const counts = new Array<number>(stateCount).fill(0);
  for (const track of tracks) {
    const state = stateAt(track, time_ms) ?? -1;
    if (state >= 0) counts[state] = (counts[state] ?? 0) + 1;
  }
  return counts;
}

export interface Span {
  from_ms: number;
  to_ms: number;
}

/** At `samples` moments from the beginning to the end of the span: counts by state. */
export function countsOver(
  tracks: readonly Track[],
  span: Span,
  samples: number,
  stateCount: number,
): number[][] {
  const changes = Array.from({ length: samples + 1 }, () => new Array<number>(stateCount).fill(0));
  const step_ms = (span.to_ms - span.from_ms) / (samples - 1);
  const bump = (sample: number, state: number, by: number): void => {
    const row = changes[Math.min(samples, Math.max(0, sample))];
    if (row && state >= 0) row[state] = (row[state] ?? 0) + by;
  };
  for (const { times_ms, states } of tracks) {
    for (const [index, time_ms] of times_ms.entries()) {
      const sample = Math.ceil((time_ms - span.from_ms) / step_ms);
      bump(sample, states[index] ?? -1, 1);
      if (index > 0) bump(sample, states[index - 1] ?? -1, -1);
    }
  }
  const counts = new Array<number>(stateCount).fill(0);
  return changes.slice(0, samples).map((row) => {
    for (const [state, change] of row.entries()) counts[state] = (counts[state] ?? 0) + change;
    return [...counts];
  });
}

/** How many came into `state` in each of equally long parts of the span. */
export function arrivals(
  tracks: readonly Track[],
  span: Span,
  parts: number,
  state: number,
): number[] {
  const counts = new Array<number>(parts).fill(0);
  const part_ms = (span.to_ms - span.from_ms) / parts;
  for (const { times_ms, states } of tracks) {
    for (const [index, time_ms] of times_ms.entries()) {
      if (states[index] !== state || time_ms < span.from_ms || time_ms >= span.to_ms) continue;
      const part = Math.min(parts - 1, Math.floor((time_ms - span.from_ms) / part_ms));
      counts[part] = (counts[part] ?? 0) + 1;
    }
  }
  return counts;
}

export interface StayLengths {
  state: number;
  /** Of stays that ended within the span. */
  ended: number;
  median_ms: number;
  /** Nine in ten ended sooner. */
  p90_ms: number;
}

/** Of each state in which a stay ended within the span. */
export function stayLengths(tracks: readonly Track[], span: Span): StayLengths[] {
  const lengths = new Map<number, number[]>();
  for (const { times_ms, states } of tracks) {
    for (let index = 1; index < times_ms.length; index++) {
      const end_ms = times_ms[index] as number;
      const state = states[index - 1] as number;
      if (state < 0 || end_ms < span.from_ms || end_ms > span.to_ms) continue;
      const length_ms = end_ms - (times_ms[index - 1] as number);
      const those = lengths.get(state);
      if (those) those.push(length_ms);
      else lengths.set(state, [length_ms]);
    }
  }
  return [...lengths]
    .sort(([one], [other]) => one - other)
    .map(([state, those]) => {
      those.sort((one, other) => one - other);
      return {
        state,
        ended: those.length,
        median_ms: quantile(those, 0.5),
        p90_ms: quantile(those, 0.9),
      };
    });
}

function quantile(sorted: readonly number[], share: number): number {
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? 0;
}
