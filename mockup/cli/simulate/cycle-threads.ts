// Scenarios on several threads at once; their summaries in the order of the tasks.

import type { Worker } from 'node:worker_threads';
import { AppError } from '../../core/errors.ts';
import { moduleEnding, startThread } from '../../platform/process/start-thread.ts';
import type { Summary } from '../../simulator/measures/summary.ts';
import type { CycleAnswer, CycleTask } from './cycle-worker.ts';

export interface ThreadsOptions {
  threads: number;
  onDone?(done: number): void;
  signal?: AbortSignal | undefined;
}

/** Rejects with the first error, or when aborted; no thread is left then. */
export async function runOnThreads(
  tasks: readonly Omit<CycleTask, 'number'>[],
  { threads, onDone, signal }: ThreadsOptions,
): Promise<Summary[]> {
  signal?.throwIfAborted();
  const module = new URL(`./cycle-worker.${moduleEnding(import.meta.url)}`, import.meta.url);
  const workers: Worker[] = [];
  const summaries: Summary[] = [];
  let next = 0;
  let done = 0;
  try {
    await new Promise<void>((resolve, reject) => {
      const give = (worker: Worker): void => {
        const task = tasks[next];
        if (task) worker.postMessage({ ...task, number: next++ });
      };
      const take = (worker: Worker, answer: CycleAnswer): void => {
        if ('error' in answer) {
          reject(new AppError('simulation_failed', answer.error));
          return;
        }
        summaries[answer.number] = answer.summary;
        onDone?.(++done);
        if (done === tasks.length) resolve();
        else give(worker);
      };
      signal?.addEventListener('abort', () => reject(signal.reason), { once: true });
      for (let n = 0; n < Math.min(threads, tasks.length); n++) {
        const worker = startThread(module, { stderr: false });
        workers.push(worker);
        worker.on('message', (answer: CycleAnswer) => take(worker, answer));
        worker.on('error', reject);
        give(worker);
      }
      if (tasks.length === 0) resolve();
    });
    return summaries;
  } finally {
    await Promise.all(workers.map((worker) => worker.terminate()));
  }
}
