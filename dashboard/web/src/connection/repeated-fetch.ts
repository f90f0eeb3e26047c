// Fetches something again and again when asked, never twice at a time and with a pause between, so
// that a stream of changes does not become a stream of requests. What failed because something was
// away is tried again until it is back.

import { ApiError } from './api.ts';

const PAUSE_MS = 700;
const RETRY_MS = 2_000;

export interface RepeatedFetch {
  /** Soon, or after the one under way. */
  again(): void;
  stop(): void;
}

export interface FetchOutcome<T> {
  done(value: T): void;
  failed(error: Error): void;
}

export function startRepeatedFetch<T>(
  fetchIt: (signal: AbortSignal) => Promise<T>,
  outcome: FetchOutcome<T>,
): RepeatedFetch {
  const abort = new AbortController();
  let timer: ReturnType<typeof setTimeout> | undefined;
  let isRunning = false;
  let isWanted = false;

  const run = async (): Promise<void> => {
    timer = undefined;
    isRunning = true;
    isWanted = false;
    let pause_ms = PAUSE_MS;
    try {
      const value = await fetchIt(abort.signal);
      if (!abort.signal.aborted) outcome.done(value);
    } catch (error) {
      if (!abort.signal.aborted) outcome.failed(error as Error);
      if (isPassing(error)) {
        isWanted = true;
        pause_ms = RETRY_MS;
      }
    }
    isRunning = false;
    if (abort.signal.aborted) return;
    timer = setTimeout(() => {
      timer = undefined;
      if (isWanted) void run();
    }, pause_ms);
  };

  void run();
  return {
    again: () => {
      isWanted = true;
      if (!isRunning && timer === undefined) void run();
    },
    stop: () => {
      abort.abort();
      clearTimeout(timer);
    },
  };
}

/** No answer, a broken one, or that of a server that lacks something; not a refusal. */
function isPassing(error: unknown): boolean {
  return !(error instanceof ApiError) || error.status === 0 || error.status >= 500;
}
