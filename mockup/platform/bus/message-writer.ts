// All writes of one process to `msgq`. While one request is on its way the next writes gather and
// then go together, so that a busy process makes few requests and an idle one never waits.

import { AppError } from '../../core/errors.ts';
import type { Clock } from '../clock/clock.ts';
import type { Database, Writable, WriteResult } from '../couch/database.ts';

const BATCH_LIMIT = 500;
/** How long a write that nobody waits for may wait for company. */
const COMPANY_MS = 20;

interface Pending {
  doc: Writable;
  resolve(result: WriteResult): void;
  reject(error: unknown): void;
}

export class MessageWriter {
  readonly #database: Database;
  readonly #clock: Clock;
  #queue: Pending[] = [];
  #flushing: Promise<void> | undefined;
  #cancelTimer: (() => void) | undefined;

  constructor(database: Database, clock: Clock) {
    this.#database = database;
    this.#clock = clock;
  }

  /** One compare-and-set write; a conflict is a result, not an error. */
  write(doc: Writable): Promise<WriteResult> {
    const result = this.#enqueue(doc);
    this.#flush();
    return result;
  }

  /** Like `write`, for what nobody waits for: it goes along with the next write, or soon. */
  writeSoon(doc: Writable): Promise<WriteResult> {
    const result = this.#enqueue(doc);
    this.#cancelTimer ??= this.#clock.timer(COMPANY_MS, () => this.#flush());
    return result;
  }

  /** Resolves when all that was written so far is on record (or refused). */
  async settle(): Promise<void> {
    this.#flush();
    await this.#flushing;
  }

  #enqueue(doc: Writable): Promise<WriteResult> {
    return new Promise((resolve, reject) => this.#queue.push({ doc, resolve, reject }));
  }

  #flush(): void {
    this.#cancelTimer?.();
    this.#cancelTimer = undefined;
    this.#flushing ??= this.#run().finally(() => {
      this.#flushing = undefined;
      if (this.#queue.length > 0) this.#flush();
    });
  }

  async #run(): Promise<void> {
    // What is written in the same turn goes together.
    await Promise.resolve();
    while (this.#queue.length > 0) {
      const batch = this.#queue.splice(0, BATCH_LIMIT);
      try {
        const results = await this.#database.bulk(batch.map((pending) => pending.doc));
        batch.forEach((pending, index) => {
          const result = results[index];
          if (result) pending.resolve(result);
          else pending.reject(new AppError('bad_answer', 'the database left out a write'));
        });
      } catch (error) {
        for (const pending of batch) pending.reject(error);
      }
    }
  }
}
