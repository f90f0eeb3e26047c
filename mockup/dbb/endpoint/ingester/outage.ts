// Whether the target of an ingester is away, by what its lanes meet. While it is, no file is to blame;
// a file with which alone it "is away", while others go through, is that file's failure.

import type { Clock } from '../../../platform/clock/clock.ts';
import type { Logger } from '../../../platform/log/logger.ts';
import type { LaneResult } from './plugin-lane.ts';

export interface OutageOptions {
  clock: Clock;
  log: Logger;
  /** Gives up after some tries, for a run that should end. */
  daemon: boolean;
  /** Told when it begins, with the reason, and when it is over. */
  onChange(trouble: string | undefined): void;
}

/** Between two tries, longer and longer. */
const DELAYS_MS = [1000, 2000, 5000, 10_000, 30_000, 60_000];
/** Tries of a run that should end. */
const TRIES = 5;

export class Outage {
  readonly #options: OutageOptions;
  /** Files for which the target was away: how many answers there had been by then. */
  readonly #met = new Map<string, number>();
  #answers = 0;
  #tries = 0;
  #since_ms = 0;
  #trouble: string | undefined;

  constructor(options: OutageOptions) {
    this.#options = options;
  }

  /** Why nothing goes through; undefined while all is well. */
  get trouble(): string | undefined {
    return this.#trouble;
  }

  /** True where a run that should end has tried often enough. */
  get isHopeless(): boolean {
    return !this.#options.daemon && this.#tries >= TRIES;
  }

  /** True where the result is no result: the target was away, and the file was not tried. */
  isAway(id: string, { failure, how }: Pick<LaneResult, 'failure' | 'how'>): boolean {
    // A plugin that hung or crashed tells nothing of its target.
    if (how) return false;
    if (!failure?.away) {
      this.#met.delete(id);
      this.#answers++;
      this.end();
      return false;
    }
    const before = this.#met.get(id);
    if (before !== undefined && before < this.#answers) {
      // Others went through since: it is this one.
      this.#met.delete(id);
      return false;
    }
    this.#met.set(id, this.#answers);
    this.begin(failure.message);
    return true;
  }

  begin(reason: string): void {
    const { log, clock, onChange } = this.#options;
    const isNew = this.#trouble === undefined;
    if (isNew) this.#since_ms = clock.monotonic();
    if (this.#trouble === reason) return;
    this.#trouble = reason;
    log.error({ reason }, isNew ? 'the target is away: waiting for it' : 'the target is away');
    onChange(reason);
  }

  /** Waits before the next try; shorter where the signal is aborted. */
  async wait(signal: AbortSignal): Promise<void> {
    const delay_ms = DELAYS_MS[Math.min(this.#tries, DELAYS_MS.length - 1)] ?? 0;
    this.#tries++;
    if (this.isHopeless) return;
    await this.#options.clock.sleep(delay_ms, signal).catch(() => {});
  }

  end(): void {
    this.#tries = 0;
    if (this.#trouble === undefined) return;
    const { log, clock, onChange } = this.#options;
    const after_s = Math.round((clock.monotonic() - this.#since_ms) / 1000);
    this.#trouble = undefined;
    log.info({ after_s }, 'the target is back');
    onChange(undefined);
  }
}
