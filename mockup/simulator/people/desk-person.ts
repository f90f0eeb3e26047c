// A person at the terminal of DRA or AQUA: comes in the morning, takes what waits longest and nobody
// else has, works on it, and says what they decide.

import type { LiveList, OperatorConsole } from '../../platform/console/operator-console.ts';
import type { Staff } from './staff.ts';

/** How long they leave alone what could not be taken up. */
const AGAIN_S = 600;

/** What the persons of one tool know of each other. */
export class Desk {
  readonly #taken = new Set<string>();
  readonly #callbacks = new Set<() => void>();

  /** The first that nobody has. */
  take(values: readonly string[]): string | undefined {
    const value = values.find((one) => !this.#taken.has(one));
    if (value !== undefined) this.#taken.add(value);
    return value;
  }

  giveBack(value: string): void {
    if (this.#taken.delete(value)) this.lookAgain();
  }

  /** Something can be taken that could not before. */
  lookAgain(): void {
    for (const callback of [...this.#callbacks]) callback();
  }

  onChange(callback: () => void): () => void {
    this.#callbacks.add(callback);
    return () => this.#callbacks.delete(callback);
  }
}

export interface PersonWork {
  /** False for what is not to be taken yet. */
  isReady(ousUid: string): boolean;
  /** Working time before an OUS is chosen. */
  choosing_s(ousUid: string): number;
  /** Working time before a key is pressed. */
  deciding_s(ousUid: string): number;
  /** Another question about the chosen OUS than which one: an answer from the list. */
  answer(ousUid: string): string;
  key(ousUid: string): string;
}

export class DeskPerson implements OperatorConsole {
  readonly #desk: Desk;
  readonly #staff: Staff;
  readonly #work: PersonWork;
  #chosen: string | undefined;
  /** Whether anything came of what was chosen. */
  #isTakenUp = false;

  constructor(desk: Desk, staff: Staff, work: PersonWork) {
    this.#desk = desk;
    this.#staff = staff;
    this.#work = work;
  }

  print(): void {}

  async chooseFrom(question: string, list: LiveList, signal: AbortSignal) {
    if (!question.startsWith('OUS ')) {
      this.#isTakenUp = true;
      return this.#work.answer(this.#chosen ?? '');
    }
    this.#letGo();
    const chosen = await this.#next(list, signal);
    if (chosen === undefined) return undefined;
    this.#chosen = chosen;
    const work_s = this.#work.choosing_s(chosen);
    if (work_s > 0) {
      await this.#staff.work(work_s);
      this.#isTakenUp = true;
    }
    return signal.aborted ? undefined : chosen;
  }

  async chooseKey(_message: string, _keys: Record<string, string>, signal: AbortSignal) {
    const ousUid = this.#chosen ?? '';
    this.#isTakenUp = true;
    await this.#staff.work(this.#work.deciding_s(ousUid));
    return signal.aborted ? undefined : this.#work.key(ousUid);
  }

  /** What came to nothing is left alone for a while: perhaps its report has not arrived. */
  #letGo(): void {
    const chosen = this.#chosen;
    if (chosen === undefined) return;
    this.#chosen = undefined;
    const giveBack = (): void => this.#desk.giveBack(chosen);
    if (this.#isTakenUp) giveBack();
    else void this.#staff.rest(AGAIN_S).then(giveBack);
    this.#isTakenUp = false;
  }

  async #next(list: LiveList, signal: AbortSignal): Promise<string | undefined> {
    for (;;) {
      await this.#staff.atWork();
      if (signal.aborted) return undefined;
      const taken = this.#desk.take(this.#waiting(list));
      if (taken !== undefined) return taken;
      await this.#change(list, signal);
    }
  }

  #waiting(list: LiveList): string[] {
    return list.items().flatMap(({ value, description = '' }) => {
      const isFree = !description.includes(' in review by ') && this.#work.isReady(value);
      return isFree ? [value] : [];
    });
  }

  #change(list: LiveList, signal: AbortSignal): Promise<void> {
    return new Promise((resolve) => {
      const end = (): void => {
        for (const release of releases) release();
        signal.removeEventListener('abort', end);
        resolve();
      };
      const releases = [list.onChange(end), this.#desk.onChange(end)];
      signal.addEventListener('abort', end, { once: true });
    });
  }
}
