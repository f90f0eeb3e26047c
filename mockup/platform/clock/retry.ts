// Trying again what failed by itself: the delays are data, so that each use names its own.

import { describeError, isOutage, isRetriable } from '../../core/errors.ts';
import type { Logger } from '../log/logger.ts';
import type { Clock } from './clock.ts';

export interface RetryTable {
  /** Waits between attempts; the last one stays. */
  delays_s: readonly number[];
  /** After so long the error is thrown as it is. */
  limit_s: number;
}

/**
 * The result of `attempt`, repeated while it throws an error that is retriable, or is an outage
 * that somebody will mend. Throws the last
 * error when the table's limit is passed, and the signal's reason when it is aborted.
 */
export async function retry<T>(
  ports: { clock: Clock; log: Logger },
  table: RetryTable,
  what: string,
  signal: AbortSignal,
  attempt: () => Promise<T>,
): Promise<T> {
  const start = ports.clock.monotonic();
  for (let attempts = 1; ; attempts++) {
    signal.throwIfAborted();
    try {
      return await attempt();
    } catch (error) {
      signal.throwIfAborted();
      const delay_s = table.delays_s[attempts - 1] ?? table.delays_s.at(-1) ?? 0;
      const waited_s = (ports.clock.monotonic() - start) / 1000;
      const mayPass = isRetriable(error) || isOutage(error);
      if (!mayPass || waited_s + delay_s > table.limit_s) throw error;
      const fields = { attempts, delay_s, reason: describeError(error) };
      ports.log.warn(fields, `${what}: will be tried again`);
      await ports.clock.sleep(delay_s * 1000, signal);
    }
  }
}
