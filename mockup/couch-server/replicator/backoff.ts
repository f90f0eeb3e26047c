import type { ReplicationError } from './replication-error.ts';

// How long a failed job waits. A peer that is away costs next to nothing to try, so the waits stay
// short; a wrong password is tried rarely, because CouchDB locks a user out after about five.

export type RetryDelays = { first_ms: number; max_ms: number };

const delaysByError: Readonly<Record<string, RetryDelays>> = {
  unauthorized: { first_ms: 10_000, max_ms: 120_000 },
  forbidden: { first_ms: 10_000, max_ms: 120_000 },
  db_not_found: { first_ms: 1_000, max_ms: 30_000 },
};
const otherwise: RetryDelays = { first_ms: 250, max_ms: 5_000 };
/** A document that fails for now costs its bytes each time, and where it is all that fails, nobody waits. */
const ofDocument: RetryDelays = { first_ms: 1_000, max_ms: 300_000 };

/**
 * Milliseconds to wait after the `failures`-th failure in a row (from 1): doubling up to a limit,
 * less up to a quarter at random so that jobs which failed together do not return together.
 */
export function jobDelay_ms(error: ReplicationError, failures: number, random: number): number {
  if (error.document !== undefined) return documentDelay_ms(failures, random);
  return delay_ms(delaysByError[error.error] ?? otherwise, failures, random);
}

/** The same for one document that could not be carried. */
export function documentDelay_ms(failures: number, random: number): number {
  return delay_ms(ofDocument, failures, random);
}

function delay_ms({ first_ms, max_ms }: RetryDelays, failures: number, random: number): number {
  const full = Math.min(max_ms, first_ms * 2 ** Math.min(failures - 1, 30));
  return Math.round(full * (1 - random / 4));
}
