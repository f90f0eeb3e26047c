// A claim: one process has something in its hands (a message, a file) under a lease. The number is
// the fencing token: it only grows, so that whoever accepts an effect can tell the holder of today
// from one that was frozen and comes back.

import { AppError } from '../../core/errors.ts';

export interface Claim {
  /** The process that holds it: its `instance`. */
  receiver: string;
  /** Grows with each claim of the same thing, whoever takes it, and never falls. */
  number: number;
  /** False once the lease is over by this process's monotonic clock, or was lost. */
  isHeld(): boolean;
  /**
   * To be called before an effect that can't be taken back. Resolves while the claim holds; where
   * the lease has not been renewed for a while it is renewed first. Throws LeaseLostError.
   */
  confirm(): Promise<void>;
}

/** What was in this process's hands was taken by another, or its lease ended unrenewed. */
export class LeaseLostError extends AppError {
  constructor(what: string) {
    super('lease_lost', `${what} was taken over by another process, or its lease is over`);
  }
}
