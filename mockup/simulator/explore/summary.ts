// What many storms gave together.

import type { StormOutcome } from '../storm/run-storm.ts';
import type { StormPlan } from '../storm/storm-plan.ts';

export interface FailedStorm {
  seed: string;
  problems: readonly string[];
  /** The smallest plan that still fails, where one was looked for. */
  smallest?: StormPlan;
  /** What was wrong with that one. */
  smallestProblems?: readonly string[];
  /** How many storms were run to find it. */
  attempts?: number;
  /** The command that shows it again. */
  repeat: string;
}

export class Summary {
  storms = 0;
  virtual_s = 0;
  readonly injected: Record<string, number> = {};
  readonly calls: Record<string, number> = {};
  readonly struck: Record<string, number> = {};
  readonly transitions: Record<string, number> = {};
  readonly failed: FailedStorm[] = [];

  add(outcome: StormOutcome): void {
    this.storms++;
    this.virtual_s += outcome.virtual_s;
    addTo(this.injected, outcome.injected);
    addTo(this.calls, outcome.calls);
    addTo(this.struck, outcome.struck);
    addTo(this.transitions, outcome.transitions);
  }
}

function addTo(sums: Record<string, number>, more: Readonly<Record<string, number>>): void {
  for (const [name, count] of Object.entries(more)) sums[name] = (sums[name] ?? 0) + count;
}
