/**
 * How the store shares the thread with others: what comes together is written together, and a long
 * search lets others in between. A simulated world has turns of its own, which depend on no machine.
 */
import { setImmediate as nextTurn } from 'node:timers/promises';

export interface Turns {
  /** Calls `run` when what comes at the same moment has come. */
  after(run: () => void): void;
  /** Milliseconds of some clock, for how long a turn took. */
  now(): number;
  /** Lets others in. */
  next(): Promise<void>;
}

export const eventLoopTurns: Turns = {
  after: (run) => void setImmediate(run),
  now: () => performance.now(),
  next: () => nextTurn(),
};
