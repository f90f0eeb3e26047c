import { documentDelay_ms } from '../backoff.ts';
import type { PeerChange } from '../peers/peer.ts';
import type { ReplicationError } from '../replication-error.ts';

// Documents that could not be carried now, each with the time of its next attempt. A continuous
// replication goes on beside them: only they are tried again, later each time.

interface Left {
  row: PeerChange;
  failures: number;
  due_ms: number;
}

/** So many at a time are no trouble of single documents. */
const leftMax = 1000;

export class LeftDocuments {
  readonly #left = new Map<string, Left>();
  #latest: ReplicationError | undefined;

  /** Why the one that was left last was left; undefined where there is none. */
  get failure(): ReplicationError | undefined {
    return this.#left.size === 0 ? undefined : this.#latest;
  }

  get isFull(): boolean {
    return this.#left.size >= leftMax;
  }

  leave(row: PeerChange, failure: ReplicationError, now_ms: number): void {
    const failures = (this.#left.get(row.id)?.failures ?? 0) + 1;
    const due_ms = now_ms + documentDelay_ms(failures, Math.random());
    this.#left.set(row.id, { row, failures, due_ms });
    this.#latest = failure;
  }

  arrived(id: string): void {
    this.#left.delete(id);
  }

  /** The changes to be tried now. */
  due(now_ms: number): PeerChange[] {
    return [...this.#left.values()].filter((one) => one.due_ms <= now_ms).map(({ row }) => row);
  }

  /** When the next one is due; undefined: never. */
  get nextDue_ms(): number | undefined {
    let next: number | undefined;
    for (const { due_ms } of this.#left.values()) next = Math.min(next ?? due_ms, due_ms);
    return next;
  }
}
