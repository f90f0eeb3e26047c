// While the database can't be reached, calls wait and try again instead of failing: an actor
// whose server restarts just stands still meanwhile. An outage is told once, and its end once.

import type { Clock } from '../../clock/clock.ts';
import type { Logger } from '../../log/logger.ts';
import type { Random } from '../../random/random.ts';
import { DatabaseUnavailableError } from '../database.ts';
import { Pulse } from './pulse.ts';

const FIRST_DELAY_MS = 100;
const LONGEST_DELAY_MS = 3_000;
/** After so long without an answer the server is asked whether it is there. */
const SLOW_MS = 4_000;

export interface OutageRetryOptions {
  clock: Clock;
  random: Random;
  log: Logger;
  address: string;
  /** After how long a call fails; without it calls wait until the server is back. */
  giveUpAfter_ms?: number | undefined;
  /**
   * Whether the server answers something easy within a few seconds: asked when an answer is long in
   * coming, to tell a busy server from a frozen one, which is then given up as one that is away.
   */
  isAlive?: (() => Promise<boolean>) | undefined;
  /** Ends all waiting. */
  signal?: AbortSignal | undefined;
}

/** Grows from 0.1 s to 3 s, with half of it left to chance so that clients spread out. */
export function outageDelay_ms(attempt: number, random: Random): number {
  const full_ms = Math.min(FIRST_DELAY_MS * 2 ** Math.min(attempt, 20), LONGEST_DELAY_MS);
  return full_ms * (0.5 + random.next() / 2);
}

/** It takes requests, as its system does for it, and does not answer. */
class ServerFrozenError extends DatabaseUnavailableError {}

export class OutageRetry {
  readonly options: OutageRetryOptions;
  readonly pulse = new Pulse();
  #outageSince: number | undefined;

  constructor(options: OutageRetryOptions) {
    this.options = options;
  }

  /** Runs `call` until it ends otherwise than by an unreachable server; tells it the attempt. */
  async run<T>(call: (attempt: number) => Promise<T>): Promise<T> {
    const { clock, random, giveUpAfter_ms, signal } = this.options;
    const started = clock.monotonic();
    for (let attempt = 0; ; attempt++) {
      try {
        const result = await this.#unlessFrozen(call(attempt));
        this.report(undefined);
        return result;
      } catch (error) {
        if (!(error instanceof DatabaseUnavailableError)) throw error;
        const waited_ms = clock.monotonic() - started;
        if (giveUpAfter_ms !== undefined && waited_ms >= giveUpAfter_ms) throw error;
        this.report(error);
        do await clock.sleep(outageDelay_ms(attempt, random), signal);
        while (error instanceof ServerFrozenError && !(await this.options.isAlive?.()));
      }
    }
  }

  /** The answer; rejects with ServerFrozenError where the server gives no sign of life meanwhile. */
  async #unlessFrozen<T>(answer: Promise<T>): Promise<T> {
    const { clock, isAlive, address } = this.options;
    if (!isAlive) return answer;
    let cancel = (): void => {};
    const frozen = new Promise<never>((_, reject) => {
      const ask = async (): Promise<void> => {
        let over = false;
        cancel = () => {
          over = true;
        };
        const alive = await isAlive();
        if (over) return;
        if (alive) cancel = clock.timer(SLOW_MS, ask);
        else reject(new ServerFrozenError(`the database server at ${address} does not answer`));
      };
      cancel = clock.timer(SLOW_MS, ask);
    });
    try {
      return await Promise.race([answer, frozen]);
    } finally {
      cancel();
    }
  }

  /** Notes that the server did (undefined) or did not answer; logs only what changes. */
  report(error: Error | undefined): void {
    const { clock, log, address } = this.options;
    if (error && this.#outageSince === undefined) {
      this.#outageSince = clock.monotonic();
      log.warn({ database: address, reason: error.message }, 'database does not answer; waiting');
    }
    if (!error && this.#outageSince !== undefined) {
      const away_ms = Math.round(clock.monotonic() - this.#outageSince);
      this.#outageSince = undefined;
      log.info({ database: address, away_ms }, 'database is back');
    }
  }
}
