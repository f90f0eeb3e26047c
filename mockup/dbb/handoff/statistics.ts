// Counts of a running manager, for its status and the progress on a terminal.

import type { Clock } from '../../platform/clock/clock.ts';

const WINDOW_MS = 10_000;
const FAILURES_MAX = 100;

export interface Failure {
  path: string;
  attempts: number;
  reason: string;
}

export interface Rates {
  mbytes_per_sec: number;
  files_per_sec: number;
}

export class Statistics {
  held = 0;
  held_bytes = 0;
  /** Files that arrived, in total. */
  arrived = 0;
  batches = 0;
  failed_transfers = 0;
  skipped = 0;
  readonly #clock: Clock;
  readonly #recent: { at_ms: number; bytes: number; files: number }[] = [];
  /** By path; the oldest goes where there are too many. */
  readonly #failures = new Map<string, Failure>();

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  countArrived(sizes: readonly number[]): void {
    if (sizes.length === 0) return;
    this.arrived += sizes.length;
    const bytes = sizes.reduce((sum, size) => sum + size, 0);
    this.#recent.push({ at_ms: this.#clock.monotonic(), bytes, files: sizes.length });
    this.#forget();
  }

  /** Over the last ten seconds. */
  rates(): Rates {
    this.#forget();
    const seconds = WINDOW_MS / 1000;
    const sum = (key: 'bytes' | 'files') =>
      this.#recent.reduce((total, entry) => total + entry[key], 0);
    return {
      mbytes_per_sec: sum('bytes') / 2 ** 20 / seconds,
      files_per_sec: sum('files') / seconds,
    };
  }

  noteFailure(failure: Failure): void {
    this.#failures.delete(failure.path);
    this.#failures.set(failure.path, failure);
    for (const path of this.#failures.keys()) {
      if (this.#failures.size <= FAILURES_MAX) return;
      this.#failures.delete(path);
    }
  }

  forgetFailure(path: string): void {
    this.#failures.delete(path);
  }

  failures(): Failure[] {
    return [...this.#failures.values()];
  }

  #forget(): void {
    const limit_ms = this.#clock.monotonic() - WINDOW_MS;
    while ((this.#recent[0]?.at_ms ?? limit_ms) < limit_ms) this.#recent.shift();
  }
}
