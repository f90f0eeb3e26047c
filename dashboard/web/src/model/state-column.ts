// The OUSs of one state that the board shows, kept in order while they come and go: by the time
// they entered the state, oldest first. What is stuck is then always the beginning of the list,
// without looking at the rest, and nothing is ever sorted again.

import { type ReadonlySignal, signal } from '@preact/signals';
import type { OusSummary } from '../../../protocol/summaries.ts';

export class StateColumn {
  readonly state: string;
  #ouss: OusSummary[] = [];
  readonly #version = signal(0);

  constructor(state: string) {
    this.state = state;
  }

  get version(): ReadonlySignal<number> {
    return this.#version;
  }

  get size(): number {
    return this.#ouss.length;
  }

  replaceAll(ouss: OusSummary[]): void {
    this.#ouss = ouss.sort(compare);
    this.#version.value = this.#version.peek() + 1;
  }

  insert(ous: OusSummary): void {
    this.#ouss.splice(this.#placeOf(ous), 0, ous);
    this.#version.value = this.#version.peek() + 1;
  }

  /** `ous` as it was inserted. */
  remove(ous: OusSummary): void {
    const place = this.#placeOf(ous);
    if (this.#ouss[place]?.id !== ous.id) return;
    this.#ouss.splice(place, 1);
    this.#version.value = this.#version.peek() + 1;
  }

  /** How many entered the state before this time. */
  countBefore(time_ms: number): number {
    return search(this.#ouss, (ous) => entered(ous) < time_ms);
  }

  oldest(): OusSummary | undefined {
    return this.#ouss[0];
  }

  /** As the board shows them: the first `stuck` oldest first, the others newest first. */
  shownAt(index: number, stuck: number): OusSummary | undefined {
    return this.#ouss[index < stuck ? index : this.#ouss.length - 1 - (index - stuck)];
  }

  shownIndexOf(ous: OusSummary, stuck: number): number {
    const place = this.#placeOf(ous);
    if (this.#ouss[place]?.id !== ous.id) return -1;
    return place < stuck ? place : this.#ouss.length - 1 - (place - stuck);
  }

  #placeOf(ous: OusSummary): number {
    return search(this.#ouss, (other) => compare(other, ous) < 0);
  }
}

/** Without a time: as if it had always been here. */
function entered(ous: OusSummary): number {
  return ous.since_ms ?? 0;
}

function compare(one: OusSummary, other: OusSummary): number {
  return entered(one) - entered(other) || (one.id < other.id ? -1 : one.id > other.id ? 1 : 0);
}

/** The number of items at the beginning for which `isBefore` holds. */
function search<T>(items: readonly T[], isBefore: (item: T) => boolean): number {
  let low = 0;
  let high = items.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (isBefore(items[middle] as T)) low = middle + 1;
    else high = middle;
  }
  return low;
}
