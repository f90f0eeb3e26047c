// The numbers of each queue, kept up with every message that comes, is taken, or ends.

import type { MessageState, MessageSummary, QueueSummary } from '../../protocol/summaries.ts';
import { WaitingTimes } from './waiting-times.ts';

interface Queue {
  /** Ids of its messages by state; finished ones are not kept. */
  ids: Record<'open' | 'claimed' | 'dead', Set<string>>;
  sent: number;
  done: number;
  redelivered: number;
  /** Of the open ones. */
  waiting: WaitingTimes;
}

/** Finished messages that are still recognised, so that none counts twice. */
const FINISHED_KEPT = 5000;

export class QueueStatistics {
  readonly #queues = new Map<string, Queue>();
  readonly #known = new Map<string, MessageSummary>();
  readonly #finished = new Set<string>();
  readonly #touched = new Set<string>();

  get(id: string): MessageSummary | undefined {
    return this.#known.get(id);
  }

  ids(): Iterable<string> {
    return this.#known.keys();
  }

  get size(): number {
    return this.#known.size;
  }

  /**
   * `counts`: whether it is news; what was there before the dashboard started is not. False for a
   * message that was known to be finished.
   */
  put(message: MessageSummary, counts: boolean): boolean {
    const { id, state } = message;
    const before = this.#known.get(id);
    const wasFinished = this.#finished.delete(id);
    const queue = this.#queue(message.queue);
    if (counts && !before && !wasFinished) queue.sent += 1;
    if (counts && !wasFinished) {
      const earlier = Math.max(before?.attempts ?? 0, 1);
      queue.redelivered += Math.max(message.attempts - earlier, 0);
    }
    if (before) this.#take(before);
    if (state === 'done') {
      if (counts && !wasFinished) queue.done += 1;
      this.#finish(id);
      return !wasFinished;
    }
    this.#known.set(id, message);
    queue.ids[state].add(id);
    if (state === 'open' && message.created_ms !== null) queue.waiting.add(id, message.created_ms);
    return true;
  }

  remove(id: string): void {
    const before = this.#known.get(id);
    if (before) this.#take(before);
    this.#finished.delete(id);
  }

  totals(): Record<'open' | 'claimed' | 'dead', number> {
    const totals = { open: 0, claimed: 0, dead: 0 };
    for (const { ids } of this.#queues.values()) {
      totals.open += ids.open.size;
      totals.claimed += ids.claimed.size;
      totals.dead += ids.dead.size;
    }
    return totals;
  }

  /** The queues that changed since the last call. */
  changed(): QueueSummary[] {
    const summaries = [...this.#touched].map((id) => this.#summaryOf(id));
    this.#touched.clear();
    return summaries;
  }

  #queue(id: string): Queue {
    this.#touched.add(id);
    let queue = this.#queues.get(id);
    if (!queue) {
      const ids = { open: new Set<string>(), claimed: new Set<string>(), dead: new Set<string>() };
      queue = { ids, sent: 0, done: 0, redelivered: 0, waiting: new WaitingTimes() };
      this.#queues.set(id, queue);
    }
    return queue;
  }

  #take({ id, queue: name, state }: MessageSummary): void {
    const queue = this.#queue(name);
    this.#known.delete(id);
    queue.ids[state as Exclude<MessageState, 'done'>].delete(id);
    queue.waiting.remove(id);
  }

  #finish(id: string): void {
    this.#finished.add(id);
    if (this.#finished.size <= FINISHED_KEPT) return;
    const [oldest] = this.#finished;
    if (oldest !== undefined) this.#finished.delete(oldest);
  }

  #summaryOf(id: string): QueueSummary {
    const { ids, sent, done, redelivered, waiting } = this.#queue(id);
    return {
      id,
      open: ids.open.size,
      claimed: ids.claimed.size,
      dead: ids.dead.size,
      sent,
      done,
      redelivered,
      oldest_ms: waiting.oldest_ms(),
    };
  }
}
