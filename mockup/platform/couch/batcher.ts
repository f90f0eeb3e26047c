// Gathers what is asked for while a request is on its way, and asks for it together in the next:
// a busy process makes few requests and an idle one never waits.

import { AppError } from '../../core/errors.ts';
import type { Clock } from '../clock/clock.ts';

export interface BatcherOptions<T, R> {
  clock: Clock;
  /** Most items of a request. */
  limit: number;
  /** How long what nobody waits for may wait for company. */
  company_ms: number;
  /** One result per item, in order. */
  run(items: T[]): Promise<R[]>;
}

interface Pending<T, R> {
  item: T;
  resolve(result: R): void;
  reject(error: unknown): void;
}

export class Batcher<T, R> {
  readonly #options: BatcherOptions<T, R>;
  #queue: Pending<T, R>[] = [];
  #flushing: Promise<void> | undefined;
  #cancelTimer: (() => void) | undefined;

  constructor(options: BatcherOptions<T, R>) {
    this.#options = options;
  }

  add(item: T): Promise<R> {
    const result = this.#enqueue(item);
    this.#flush();
    return result;
  }

  /** For what nobody waits for: it goes along with the next request, or soon. */
  addSoon(item: T): Promise<R> {
    const result = this.#enqueue(item);
    this.#cancelTimer ??= this.#options.clock.timer(this.#options.company_ms, () => this.#flush());
    return result;
  }

  /** Resolves when all that was added so far has its result. */
  async settle(): Promise<void> {
    this.#flush();
    await this.#flushing;
  }

  #enqueue(item: T): Promise<R> {
    return new Promise((resolve, reject) => this.#queue.push({ item, resolve, reject }));
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
    // What is asked for in the same turn goes together.
    await Promise.resolve();
    while (this.#queue.length > 0) {
      const batch = this.#queue.splice(0, this.#options.limit);
      try {
        const results = await this.#options.run(batch.map(({ item }) => item));
        batch.forEach((pending, index) => {
          const result = results[index];
          if (result === undefined) {
            pending.reject(new AppError('bad_answer', 'the database left out a result'));
          } else {
            pending.resolve(result);
          }
        });
      } catch (error) {
        for (const pending of batch) pending.reject(error);
      }
    }
  }
}
