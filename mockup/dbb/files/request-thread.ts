// A thread of its own for work that waits for the disk: one request, one answer. It starts with the
// first request, and one that dies is replaced at the next.

import type { Worker } from 'node:worker_threads';
import { AppError } from '../../core/errors.ts';
import { moduleEnding, startThread } from '../../platform/process/start-thread.ts';

export type ThreadAnswer = { id: number; result: unknown[] } | { id: number; error: string };

export class RequestThread<Request extends object> {
  readonly #module: URL;
  readonly #open = new Map<
    number,
    { resolve(result: unknown[]): void; reject(error: Error): void }
  >();
  #worker: Worker | undefined;
  #nextId = 0;

  /**
   * `name`: the module that answers, without its extension; it is beside the module whose
   * `import.meta.url` is `beside`.
   */
  constructor(name: string, beside: string) {
    this.#module = new URL(`./${name}.${moduleEnding(beside)}`, beside);
  }

  get waiting(): number {
    return this.#open.size;
  }

  /** Starts the thread, so that the first request need not wait for that. */
  warmUp(): void {
    this.#worker ??= this.#start();
  }

  ask<T>(request: Request): Promise<T[]> {
    return new Promise((resolve, reject) => {
      const id = this.#nextId++;
      this.#open.set(id, { resolve: resolve as (result: unknown[]) => void, reject });
      this.#worker ??= this.#start();
      this.#worker.postMessage({ ...request, id });
    });
  }

  async close(): Promise<void> {
    await this.#worker?.terminate();
    this.#fail(new Error('the thread was closed'));
  }

  #start(): Worker {
    const worker = startThread(this.#module);
    worker.on('message', (answer: ThreadAnswer) => {
      const open = this.#open.get(answer.id);
      this.#open.delete(answer.id);
      if ('error' in answer) open?.reject(new Error(answer.error));
      else open?.resolve(answer.result);
    });
    // A thread that dies (no memory) is replaced at the next request.
    worker.on('error', (error) => {
      this.#worker = undefined;
      this.#fail(error as Error);
    });
    return worker;
  }

  #fail(cause: Error): void {
    const error = new AppError('file_thread_ended', `work on files ended: ${cause.message}`, {
      cause,
      retriable: true,
    });
    for (const { reject } of this.#open.values()) reject(error);
    this.#open.clear();
  }
}
