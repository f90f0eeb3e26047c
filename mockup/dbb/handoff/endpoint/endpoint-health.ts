// Whether the endpoint can be used, and when to try it again: at growing intervals with some of it
// left to chance, so that many managers do not come back at the same moment. An endpoint that
// does not answer is told from one that answers and refuses.

import { describeError } from '../../../core/errors.ts';
import type { Clock } from '../../../platform/clock/clock.ts';
import type { Logger } from '../../../platform/log/logger.ts';
import type { Random } from '../../../platform/random/random.ts';
import { EndpointError } from './failures.ts';

const FIRST_DELAY_MS = 1000;
/** A connection that lasted so long is worth another try at once: it was cut, nobody is away. */
const LASTED_MS = 500;
const AT_ONCE_MS = 50;
/** Batches that may fail in a row before the endpoint itself is taken for the reason. */
const FAILURES_FREE = 2;

export interface HealthOptions {
  clock: Clock;
  random: Random;
  log: Logger;
  retry_limit_s: number;
}

export class EndpointHealth {
  readonly #options: HealthOptions;
  #outages = 0;
  #refusals = 0;
  #error: unknown;
  #told: string | undefined;
  #retryAt_ms: number | undefined = 0;
  /** Since it was prepared last. */
  #upSince_ms = Number.POSITIVE_INFINITY;

  constructor(options: HealthOptions) {
    this.#options = options;
  }

  /** False until it was prepared, and again after it failed. */
  get isUp(): boolean {
    return this.#retryAt_ms === undefined;
  }

  /** `away`: it does not answer; `refusing`: it answers, and does not do what is asked. */
  get condition(): 'not tried yet' | 'up' | 'refusing' | 'away' {
    if (this.#error === undefined) return this.isUp ? 'up' : 'not tried yet';
    const unreachable = this.#error instanceof EndpointError && this.#error.unreachable;
    return unreachable ? 'away' : 'refusing';
  }

  /** Time of the monotonic clock; undefined while it is up. */
  get retryAt_ms(): number | undefined {
    return this.#retryAt_ms;
  }

  /** Why it is not used, or why the last batches failed. */
  get error(): string | undefined {
    return this.#error === undefined ? undefined : describeError(this.#error);
  }

  /** It answered, and its directories are there. */
  prepared(): void {
    if (this.#outages > 0) {
      this.#options.log.info({ attempts: this.#outages }, 'the endpoint is back');
      // What it refused before is not mended by its answering: that shows when files arrive.
      if (this.condition === 'away') this.#error = undefined;
      this.#told = undefined;
    }
    this.#outages = 0;
    this.#retryAt_ms = undefined;
    this.#upSince_ms = this.#options.clock.monotonic();
  }

  /** Files arrived. */
  delivered(): void {
    this.#refusals = 0;
    this.#error = undefined;
    this.#told = undefined;
  }

  /** It could not be prepared. */
  unusable(error: unknown): void {
    this.#failed(error, 0);
  }

  /** A batch of which nothing arrived. */
  failed(error: unknown): void {
    this.#failed(error, FAILURES_FREE);
  }

  #failed(error: unknown, free: number): void {
    const unreachable = error instanceof EndpointError && error.unreachable;
    this.#error = error;
    if (unreachable) this.#outages++;
    else this.#refusals++;
    const count = unreachable ? this.#outages : this.#refusals - free;
    if (count <= 0) return;
    const now_ms = this.#options.clock.monotonic();
    const wasCut = unreachable && count === 1 && now_ms - this.#upSince_ms >= LASTED_MS;
    const delay_ms = wasCut ? AT_ONCE_MS : endpointDelay_ms(count, this.#options);
    this.#upSince_ms = Number.POSITIVE_INFINITY;
    this.#retryAt_ms = now_ms + delay_ms;
    this.#report(error, delay_ms);
  }

  /** Once for the same reason. */
  #report(error: unknown, delay_ms: number): void {
    const { log } = this.#options;
    const reason = describeError(error);
    if (this.#told === reason) return;
    this.#told = reason;
    const fields = { reason, retry_s: Math.round(delay_ms / 1000) };
    if (error instanceof EndpointError && error.retriable) {
      log.warn(fields, 'the endpoint does not answer; trying again');
    } else log.error(fields, 'the endpoint refuses: somebody must mend this; trying again');
  }
}

/** 1, 2, 4 … s up to the limit, less up to half of it. */
export function endpointDelay_ms(
  attempt: number,
  options: Pick<HealthOptions, 'random' | 'retry_limit_s'>,
): number {
  const full_ms = FIRST_DELAY_MS * 2 ** Math.min(attempt - 1, 20);
  return Math.min(full_ms, options.retry_limit_s * 1000) * (0.5 + options.random.next() / 2);
}
