// What must hold of the OUSs at every moment, also while faults go on: each has a history that only
// grows, each step of it is one that exists, and nothing happens twice.

import type { Document } from '../../platform/couch/database.ts';
import type { ObservedStore } from '../store/observed-store.ts';
import { checkProgress, type Entry, historyOf } from './life-cycle-checker.ts';

export class SafetyWatch {
  readonly problems: string[] = [];
  /** Each change of state that was seen: `Verified > DeliveryInProgress`. */
  readonly transitions: string[] = [];
  readonly #store: ObservedStore;
  readonly #known = new Map<string, Entry[]>();
  #seen = 0;

  constructor(store: ObservedStore) {
    this.#store = store;
    store.onWrite(() => this.#look());
  }

  #look(): void {
    const written = this.#store.bodiesAfter(this.#seen);
    this.#seen = this.#store.lastSeq;
    for (const ous of written) if (ous.entityId !== undefined) this.#check(ous);
  }

  #check(ous: Document): void {
    const history = historyOf(ous);
    const before = this.#known.get(ous._id) ?? [];
    const say = (problem: string): void => {
      const told = `${ous.entityId}: ${problem}`;
      if (!this.problems.includes(told)) this.problems.push(told);
    };
    const isKept = before.every((entry, place) => isSame(entry, history[place]));
    if (!isKept) say('its history was changed afterwards');
    for (const problem of checkProgress(history)) say(problem);
    for (const [place, { state }] of history.entries()) {
      const previous = history[place - 1]?.state;
      if (place < before.length || previous === undefined || previous === state) continue;
      this.transitions.push(`${previous} > ${state}`);
    }
    this.#known.set(ous._id, history);
  }
}

function isSame(one: Entry, other: Entry | undefined): boolean {
  return JSON.stringify(one) === JSON.stringify(other);
}
