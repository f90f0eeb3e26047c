// Messages that somebody else has taken. A lease that was not renewed for its whole length is over,
// judged by this process's own clock: no two clocks are compared. Where it is certain that the
// holder's process is gone, nobody waits for that.

import type { Lookup } from '../couch/database.ts';
import type { BusContext } from './bus-context.ts';
import { isClaimed, isOpen, type Message } from './message.ts';
import { readMessage } from './reading.ts';

const CHECK_LIMIT = 500;

interface Watched {
  rev: string;
  due_ms: number;
}

export class WatchList {
  readonly #context: BusContext;
  readonly #onFree: (message: Message) => void;
  #watched = new Map<string, Watched>();
  #cancelTimer: (() => void) | undefined;
  #stopped = false;

  /** `onFree` gets a message whose lease is over, as it is now. */
  constructor(context: BusContext, onFree: (message: Message) => void) {
    this.#context = context;
    this.#onFree = onFree;
  }

  watch(message: Message): void {
    const { delivery } = message;
    if (this.#stopped || !delivery) return;
    if (this.#context.isHolderGone(delivery.holder)) {
      this.#watched.delete(message._id);
      this.#onFree(message);
      return;
    }
    if (this.#watched.get(message._id)?.rev === message._rev) return;
    const due_ms = this.#context.clock.monotonic() + delivery.lease_ms;
    this.#watched.set(message._id, { rev: message._rev, due_ms });
    this.#schedule(delivery.lease_ms);
  }

  /** Looks after a while at what became of a message whose present state is not known. */
  lookAgain(id: string): void {
    const { clock, lease_ms } = this.#context;
    if (this.#stopped || this.#watched.has(id)) return;
    this.#watched.set(id, { rev: '', due_ms: clock.monotonic() + lease_ms });
    this.#schedule(lease_ms);
  }

  forget(id: string): void {
    this.#watched.delete(id);
  }

  stop(): void {
    this.#stopped = true;
    this.#cancelTimer?.();
    this.#watched.clear();
  }

  #schedule(delay_ms: number): void {
    this.#cancelTimer ??= this.#context.clock.timer(delay_ms, () => {
      this.#cancelTimer = undefined;
      void this.#check();
    });
  }

  async #check(): Promise<void> {
    const now = this.#context.clock.monotonic();
    const due = [...this.#watched].filter(([, watched]) => watched.due_ms <= now);
    const ids = due.slice(0, CHECK_LIMIT).map(([id]) => id);
    if (ids.length > 0) await this.#checkThese(ids);
    if (this.#stopped || this.#watched.size === 0) return;
    const next_ms = Math.min(...[...this.#watched.values()].map((watched) => watched.due_ms));
    this.#schedule(Math.max(next_ms - this.#context.clock.monotonic(), 1));
  }

  async #checkThese(ids: string[]): Promise<void> {
    const lookups = await this.#context.messages.getMany<Message>(ids).catch(() => undefined);
    if (this.#stopped) return;
    ids.forEach((id, index) => {
      const watched = this.#watched.get(id);
      const lookup = lookups?.[index];
      if (!watched) return;
      // The database did not answer: look again later.
      if (!lookup) watched.due_ms = this.#context.clock.monotonic() + this.#context.lease_ms;
      else {
        this.#watched.delete(id);
        this.#judge(lookup, watched);
      }
    });
  }

  #judge(lookup: Lookup<Message>, watched: Watched): void {
    const doc = 'doc' in lookup && readMessage(lookup.doc);
    if (!doc) return;
    if (isClaimed(doc) && doc._rev !== watched.rev) this.watch(doc);
    else if (isClaimed(doc) || isOpen(doc)) this.#onFree(doc);
  }
}
