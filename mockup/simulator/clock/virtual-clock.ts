// A clock that stands still while anybody has something to do, and then jumps to the next timer:
// hours pass in seconds, and in the same order whenever they are run again.

import { nextTick } from 'node:process';
import { setImmediate } from 'node:timers/promises';
import { AppError } from '../../core/errors.ts';
import { formatTimestamp, parseTimestamp } from '../../core/timestamps.ts';
import { type Clock, sleepOn } from '../../platform/clock/clock.ts';
import { TimerQueue } from './timer-queue.ts';

const START = '2026-01-05T00:00:00.000';
const STEPS_MAX = 5_000_000;
const LIMIT_MS = 24 * 3_600_000;
const TICKS_PER_TURN = 1024;

export interface RunLimits {
  /** Virtual milliseconds from now. Default: a day. */
  limit_ms?: number;
  /** Timers that may fire. Default: five million. */
  steps_max?: number;
}

export interface VirtualClock extends Clock {
  /** Lets everything happen that can happen without time passing. */
  settle(): Promise<void>;
  /**
   * Lets time pass until `condition` holds; it is looked at after each timer. Throws
   * VirtualTimeError where nothing is left to happen or a limit is passed.
   */
  runUntil(condition: () => boolean, limits?: RunLimits): Promise<void>;
  /** Lets so much time pass, whether or not anything happens. */
  runFor(duration_ms: number, limits?: Pick<RunLimits, 'steps_max'>): Promise<void>;
  /** Lets time pass until `work` settles, and settles like it. */
  complete<T>(work: Promise<T>, limits?: RunLimits): Promise<T>;
  /** How many timers have fired so far. */
  readonly steps: number;
  /** The same clock with a calendar that goes as fast as its timers. */
  readonly machinery: Clock;
}

/** What was waited for in virtual time did not come. */
export class VirtualTimeError extends AppError {
  constructor(message: string, hint: string) {
    super('virtual_time', message, { hint });
  }
}

export interface VirtualClockOptions {
  /** The time at which the virtual world begins, `2026-01-05T00:00:00.000` by default. */
  start?: string;
  /** How many times faster the calendar (`now`) goes than timers and durations. Default 1. */
  calendarRate?: number;
}

export function createVirtualClock(options: VirtualClockOptions = {}): VirtualClock {
  const start_ms = parseTimestamp(options.start ?? START);
  const { calendarRate = 1 } = options;
  const timers = new TimerQueue();
  // From the start: small numbers, so that adding a delay to them loses nothing.
  let now_ms = 0;
  let steps = 0;

  const timer: Clock['timer'] = (delay_ms, callback) =>
    timers.add(now_ms + Math.max(delay_ms, 0), callback);
  const settle = createSettling();

  /** Fires the next timer unless it is later than `end_ms`; false where there is none. */
  const step = (end_ms: number): boolean => {
    const next = timers.takeUntil(end_ms);
    if (!next) return false;
    now_ms = Math.max(now_ms, next.at_ms);
    steps++;
    next.callback();
    return true;
  };

  const runUntil: VirtualClock['runUntil'] = async (condition, limits = {}) => {
    const { limit_ms = LIMIT_MS, steps_max = STEPS_MAX } = limits;
    const end_ms = now_ms + limit_ms;
    for (const last = steps + steps_max; ; ) {
      await settle();
      if (condition()) return;
      if (steps >= last) throw stuck(`${steps_max} timers fired`, 'does an actor poll?');
      if (!step(end_ms)) {
        if (timers.empty) throw stuck('nothing is left to happen', 'who should have acted?');
        throw stuck(`${limit_ms / 1000} s of virtual time passed`, 'what is waited for?');
      }
    }
  };
  const calendar = (rate: number) => (): number => Math.floor(start_ms + now_ms * rate);
  const now = calendar(calendarRate);
  const stuck = (what: string, hint: string): VirtualTimeError =>
    new VirtualTimeError(`at ${formatTimestamp(now())} ${what} without the expected end`, hint);
  const machinery = clockOn(timer, calendar(1), () => now_ms);
  return {
    ...machinery,
    machinery,
    now,
    settle,
    runUntil,
    async runFor(duration_ms, { steps_max = STEPS_MAX } = {}) {
      const end_ms = now_ms + duration_ms;
      const last = steps + steps_max;
      await settle();
      while (step(end_ms)) {
        if (steps >= last) throw stuck(`${steps_max} timers fired`, 'does an actor poll?');
        await settle();
      }
      now_ms = end_ms;
    },
    async complete(work, limits) {
      let settled = false;
      const mark = (): void => {
        settled = true;
      };
      work.then(mark, mark);
      await runUntil(() => settled, limits);
      return work;
    },
    get steps() {
      return steps;
    },
  };
}

function clockOn(timer: Clock['timer'], now: () => number, monotonic: () => number): Clock {
  return { now, monotonic, timer, sleep: (delay_ms, signal) => sleepOn(timer, delay_ms, signal) };
}

/**
 * A tick comes after every promise that is ready, and those that they make ready; a turn of the
 * event loop, which costs several times as much, only now and then, so that messages get through.
 * One that is asked for outside of a promise would come first.
 */
function createSettling(): () => Promise<void> {
  let settled = 0;
  return () =>
    ++settled % TICKS_PER_TURN === 0
      ? setImmediate()
      : new Promise((resolve) => queueMicrotask(() => nextTick(resolve)));
}
