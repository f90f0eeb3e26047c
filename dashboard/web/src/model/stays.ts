// A history told as stays: each time that an OUS came into a state, until it left it, with the steps
// in between.

import type { HistoryStep } from '../../../protocol/json-api.ts';

export interface Stay {
  state: string;
  start_ms: number | null;
  /** Null: it is still there. */
  end_ms: number | null;
  steps: HistoryStep[];
}

/** Oldest first, as the history. */
export function staysOf(history: readonly HistoryStep[]): Stay[] {
  const stays: Stay[] = [];
  for (const step of history) {
    const last = stays.at(-1);
    if (last?.state === step.state) {
      last.steps.push(step);
      continue;
    }
    if (last) last.end_ms = step.time_ms;
    stays.push({ state: step.state, start_ms: step.time_ms, end_ms: null, steps: [step] });
  }
  return stays;
}

/** Null where a time is missing. */
export function lengthOf(stay: Stay, now_ms: number): number | null {
  if (stay.start_ms === null) return null;
  return Math.max(0, (stay.end_ms ?? now_ms) - stay.start_ms);
}
