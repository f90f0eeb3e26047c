// Work that a few may do at a time. Who only waits holds no slot, so that messages whose files are
// late do not keep others waiting.

export interface Slots {
  /** Runs `work` when a slot is free, in the order of the calls. Rejects when aborted before. */
  run<T>(signal: AbortSignal, work: () => Promise<T>): Promise<T>;
}

export function createSlots(count: number): Slots {
  let free = count;
  const waiting = new Set<() => void>();
  const release = (): void => {
    const [next] = waiting;
    if (next === undefined) free++;
    else {
      waiting.delete(next);
      next();
    }
  };
  const acquire = (signal: AbortSignal): Promise<void> =>
    new Promise((resolve, reject) => {
      if (signal.aborted) return reject(signal.reason);
      if (free > 0) {
        free--;
        return resolve();
      }
      const onAbort = (): void => {
        waiting.delete(take);
        reject(signal.reason);
      };
      const take = (): void => {
        signal.removeEventListener('abort', onAbort);
        resolve();
      };
      waiting.add(take);
      signal.addEventListener('abort', onAbort, { once: true });
    });
  return {
    async run(signal, work) {
      await acquire(signal);
      try {
        return await work();
      } finally {
        release();
      }
    },
  };
}
