// Times of runs: a run's time is part of its products directory's name, so jobs that start in the
// same millisecond get different ones.

import { runTimestamp } from '../../core/products/run-timestamp.ts';
import { parseTimestamp } from '../../core/timestamps.ts';
import type { ActorPorts } from '../../platform/actor/actor.ts';

/** More than can start within the milliseconds in which two times could meet. */
const REMEMBERED = 1000;
/** More than the milliseconds from one time of a site to its next. */
const ATTEMPT_MS = 10;
const LATER_MS_MAX = 1000;

export class RunTimes {
  readonly #ports: Pick<ActorPorts, 'clock' | 'site'>;
  readonly #given = new Set<string>();

  constructor(ports: Pick<ActorPorts, 'clock' | 'site'>) {
    this.#ports = ports;
  }

  /**
   * Now, or when the OUS entered Processing by another machine's clock if that is later: AQUA takes
   * a report that is older for one of an earlier run. An attempt that follows another at once, in
   * another process, gets a later time than that: what the two write must not have the same names.
   */
  next(since: string | undefined, attempt = 0): string {
    const entered_ms = since === undefined ? 0 : parseTimestamp(since);
    const later_ms = Math.min(attempt * ATTEMPT_MS, LATER_MS_MAX);
    let earliest_ms = Math.max(this.#ports.clock.now(), entered_ms) + later_ms;
    for (;;) {
      const timestamp = runTimestamp(earliest_ms, this.#ports.site);
      if (!this.#given.has(timestamp)) return this.#remember(timestamp);
      earliest_ms = parseTimestamp(timestamp) + 1;
    }
  }

  #remember(timestamp: string): string {
    this.#given.add(timestamp);
    if (this.#given.size > REMEMBERED) {
      const [oldest] = this.#given;
      if (oldest !== undefined) this.#given.delete(oldest);
    }
    return timestamp;
  }
}
