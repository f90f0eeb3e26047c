// Storms on several threads at once, each of them one after the other.

import type { Worker } from 'node:worker_threads';
import { moduleEnding, startThread } from '../../platform/process/start-thread.ts';
import type { StormOutcome } from '../../simulator/storm/run-storm.ts';
import type { StormPlan } from '../../simulator/storm/storm-plan.ts';

interface Waiting {
  resolve(outcome: StormOutcome): void;
  reject(error: Error): void;
}

export class StormThreads {
  readonly #idle: Worker[] = [];
  readonly #all: Worker[] = [];
  readonly #queue: ((worker: Worker) => void)[] = [];
  readonly #waiting = new Map<number, Waiting>();
  #count = 0;
  #failure: Error | undefined;

  constructor(threads: number) {
    const module = new URL(`./storm-worker.${moduleEnding(import.meta.url)}`, import.meta.url);
    for (let n = 0; n < threads; n++) {
      const worker = startThread(module, { stderr: false });
      worker.on('message', ({ number, outcome }) => {
        this.#release(worker);
        this.#waiting.get(number)?.resolve(outcome);
        this.#waiting.delete(number);
      });
      worker.on('error', (error) => this.#fail(error as Error));
      this.#all.push(worker);
      this.#idle.push(worker);
    }
  }

  /** How many can run at a time. */
  get size(): number {
    return this.#all.length;
  }

  /** Rejects where a thread broke down: a mistake of this program, not of what is explored. */
  async run(plan: StormPlan): Promise<StormOutcome> {
    if (this.#failure) throw this.#failure;
    const worker = this.#idle.pop() ?? (await this.#nextIdle());
    const number = this.#count++;
    return new Promise((resolve, reject) => {
      this.#waiting.set(number, { resolve, reject });
      worker.postMessage({ number, plan });
    });
  }

  async stop(): Promise<void> {
    await Promise.all(this.#all.map((worker) => worker.terminate()));
  }

  #nextIdle(): Promise<Worker> {
    return new Promise((resolve) => this.#queue.push(resolve));
  }

  #release(worker: Worker): void {
    const next = this.#queue.shift();
    if (next) next(worker);
    else this.#idle.push(worker);
  }

  #fail(error: Error): void {
    this.#failure ??= error;
    for (const { reject } of this.#waiting.values()) reject(error);
    this.#waiting.clear();
  }
}
