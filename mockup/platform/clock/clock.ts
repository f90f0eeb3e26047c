// Time as a port: actors take the time and wait through it, so that a virtual clock can stand in.

export interface Clock {
  /** Milliseconds since 1970, UTC; may jump when the machine's clock is set. */
  now(): number;
  /** Milliseconds since some fixed moment; never jumps. For leases, time limits and durations. */
  monotonic(): number;
  /** Calls `callback` once after `delay_ms`; the returned function cancels it. */
  timer(delay_ms: number, callback: () => void): () => void;
  /** Waits; rejects with the signal's reason as soon as it is aborted. */
  sleep(delay_ms: number, signal?: AbortSignal): Promise<void>;
}

/** `sleep` in terms of `timer`, the same for every clock. */
export function sleepOn(
  timer: Clock['timer'],
  delay_ms: number,
  signal: AbortSignal | undefined,
): Promise<void> {
  return new Promise((resolve, reject) => {
    if (signal?.aborted) return reject(signal.reason);
    const onAbort = () => {
      cancel();
      reject(signal?.reason);
    };
    const cancel = timer(delay_ms, () => {
      signal?.removeEventListener('abort', onAbort);
      resolve();
    });
    signal?.addEventListener('abort', onAbort, { once: true });
  });
}
