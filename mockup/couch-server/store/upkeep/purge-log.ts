/** What was purged: the newest entries, as many as `_purged_infos_limit` says. */
import type { CommitQueue } from '../commit-queue.ts';
import type { Connection } from '../connection.ts';

export interface PurgedInfo {
  readonly id: string;
  readonly revs: readonly string[];
}

const DEFAULT_LIMIT = 1000;

export class PurgeLog {
  readonly #connection: Connection;
  readonly #queue: CommitQueue;

  constructor(connection: Connection, queue: CommitQueue) {
    this.#connection = connection;
    this.#queue = queue;
  }

  /** Oldest first. */
  list(): PurgedInfo[] {
    return JSON.parse(this.#connection.meta('purged_infos') ?? '[]') as PurgedInfo[];
  }

  limit(): number {
    return Number(this.#connection.meta('purged_infos_limit') ?? DEFAULT_LIMIT);
  }

  setLimit(limit: number): Promise<void> {
    return this.#queue.add(() => this.#connection.setMeta('purged_infos_limit', String(limit)));
  }

  /** Inside a transaction. */
  add(revs: { [id: string]: readonly string[] }): void {
    const added = Object.entries(revs).map(([id, names]) => ({ id, revs: names }));
    const kept = [...this.list(), ...added].slice(-this.limit());
    this.#connection.setMeta('purged_infos', JSON.stringify(kept));
  }
}
