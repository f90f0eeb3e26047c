// Whether a claim of another worker is over, by this process's own clock: it is where the claim was not
// prolonged for a whole lease while it was watched. No two clocks are compared.

import type { VisitClaim } from '../../core/prompt/visit-record.ts';
import type { Clock } from '../../platform/clock/clock.ts';

/** How long a claim of a visit holds where it is not prolonged. */
export const VISIT_LEASE_MS = 20_000;

export class ClaimSights {
  readonly #clock: Clock;
  readonly #lease_ms: number;
  readonly #seen = new Map<string, { mark: string; since_ms: number }>();

  constructor(clock: Clock, lease_ms: number) {
    this.#clock = clock;
    this.#lease_ms = lease_ms;
  }

  /** Milliseconds for which it must still be watched; 0: it is over. */
  left_ms(id: string, claim: VisitClaim): number {
    const mark = markOf(claim);
    const now_ms = this.#clock.monotonic();
    const before = this.#seen.get(id);
    if (before?.mark !== mark) this.#seen.set(id, { mark, since_ms: now_ms });
    const since_ms = before?.mark === mark ? before.since_ms : now_ms;
    return Math.max(since_ms + this.#lease_ms - now_ms, 0);
  }

  forget(id: string): void {
    this.#seen.delete(id);
  }

  /** Keeps only what is still looked at. */
  retain(ids: ReadonlySet<string>): void {
    for (const id of this.#seen.keys()) if (!ids.has(id)) this.#seen.delete(id);
  }
}

/** It changes with each renewal; the time in it is of the holder's clock, and is only compared with itself. */
export function markOf({ worker, number, until }: VisitClaim): string {
  return `${worker} ${number} ${until}`;
}
