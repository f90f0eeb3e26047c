/**
 * Group commit: the writes that arrive in one turn of the event loop share one transaction and one
 * fsync, and each is answered only after that commit. A lone writer does not wait for company.
 */
import { CouchError, databaseMissing } from '../couch-error.ts';
import type { Connection } from './connection.ts';
import { eventLoopTurns, type Turns } from './turns.ts';

interface Job {
  run(): unknown;
  resolve(value: unknown): void;
  reject(error: unknown): void;
  failed: boolean;
  value: unknown;
}

export interface CommitHooks {
  /** After a commit, before its writers are answered. */
  committed(): void;
  /** After a rollback: whatever was kept in memory about the transaction is void. */
  rolledBack(): void;
}

export class CommitQueue {
  readonly #connection: Connection;
  readonly #hooks: CommitHooks;
  #jobs: Job[] = [];
  #scheduled = false;
  #closed = false;
  readonly #turns: Turns;
  readonly #flush = (): void => this.flush();

  constructor(connection: Connection, hooks: CommitHooks, turns: Turns = eventLoopTurns) {
    this.#connection = connection;
    this.#hooks = hooks;
    this.#turns = turns;
  }

  /**
   * Runs `work` inside the next transaction and resolves with its result once that is durable.
   * A CouchError of `work` refuses this job alone and so must come before its first write; any other
   * error rolls the whole transaction back.
   */
  add<T>(work: () => T): Promise<T> {
    if (this.#closed) return Promise.reject(databaseMissing());
    return new Promise<T>((resolve, reject) => {
      const settle = resolve as (value: unknown) => void;
      this.#jobs.push({ run: work, resolve: settle, reject, failed: false, value: undefined });
      if (this.#scheduled) return;
      this.#scheduled = true;
      this.#turns.after(this.#flush);
    });
  }

  flush(): void {
    this.#scheduled = false;
    const jobs = this.#jobs;
    if (jobs.length === 0) return;
    this.#jobs = [];
    const { sqlite } = this.#connection;
    try {
      this.#connection.sql('BEGIN IMMEDIATE').run();
      for (const job of jobs) this.#run(job);
      this.#connection.sql('COMMIT').run();
    } catch (error) {
      if (sqlite.isTransaction) sqlite.exec('ROLLBACK');
      this.#hooks.rolledBack();
      for (const job of jobs) job.reject(error);
      return;
    }
    this.#hooks.committed();
    for (const job of jobs) {
      if (job.failed) job.reject(job.value);
      else job.resolve(job.value);
    }
  }

  /** Commits what is waiting; later writes are refused. */
  close(): void {
    this.#closed = true;
    this.flush();
  }

  #run(job: Job): void {
    try {
      job.value = job.run();
    } catch (error) {
      if (!(error instanceof CouchError)) throw error;
      job.failed = true;
      job.value = error;
    }
  }
}
