// Fetches something again and again when asked, never twice at a time and with a pause between, so
// that a stream of changes does not become a stream of requests.

const PAUSE_MS = 700;

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
    try {
      const value = await fetchIt(abort.signal);
      if (!abort.signal.aborted) outcome.done(value);
    } catch (error) {
      if (!abort.signal.aborted) outcome.failed(error as Error);
    }
    isRunning = false;
    if (abort.signal.aborted) return;
    timer = setTimeout(() => {
      timer = undefined;
      if (isWanted) void run();
    }, PAUSE_MS);
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
