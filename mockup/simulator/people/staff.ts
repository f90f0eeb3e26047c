// Some people with the same work: who is free takes what waits, works on it in office hours, and
// what they did is on record.

import type { VirtualClock } from '../clock/virtual-clock.ts';
import { Usage } from '../measures/usage.ts';
import { endOfTask, nextWorking, type WorkingTime } from './working-time.ts';

export interface StaffOptions {
  clock: Pick<VirtualClock, 'now' | 'timer'>;
  /** Virtual milliseconds of a second of the calendar. */
  second_ms: number;
  working: WorkingTime;
  count: number;
}

export class Staff {
  readonly working: WorkingTime;
  readonly count: number;
  /** Working time spent so far. */
  worked_s = 0;
  /** How many have a task, also over night. */
  readonly usage: Usage;
  readonly #options: StaffOptions;

  constructor(options: StaffOptions) {
    this.working = options.working;
    this.count = options.count;
    this.#options = options;
    this.usage = new Usage(() => options.clock.now());
  }

  /** Resolves when somebody who begins now, or when work begins again, has worked so long. */
  async work(work_s: number): Promise<void> {
    const now_ms = this.#options.clock.now();
    this.usage.begin();
    await this.until(endOfTask(this.working, now_ms, work_s * 1000));
    this.usage.end();
    this.worked_s += work_s;
  }

  /** Resolves so much later, whoever works. */
  rest(seconds: number): Promise<void> {
    return this.until(this.#options.clock.now() + seconds * 1000);
  }

  /** Resolves when it is office hours, at once where it is. */
  atWork(): Promise<void> {
    return this.until(nextWorking(this.working, this.#options.clock.now()));
  }

  /** Resolves when the calendar says so; never for what never comes. */
  async until(time_ms: number): Promise<void> {
    const { clock, second_ms } = this.#options;
    const left_ms = time_ms - clock.now();
    if (left_ms <= 0) return;
    await new Promise<void>((resolve) => {
      const wait_ms = (left_ms / 1000) * second_ms;
      if (Number.isFinite(wait_ms)) clock.timer(wait_ms, resolve);
    });
  }
}
