// Work that waits in a database: a handler runs once for each document of a live selection, and
// again after each change of the document. One document is never handled twice at the same time.

import { describeError } from '../../../core/errors.ts';
import type { Clock } from '../../clock/clock.ts';
import type { Logger } from '../../log/logger.ts';
import type { LiveDocuments } from './live-documents.ts';

const RETRY_DELAYS_MS = [1000, 2000, 5000, 10_000, 30_000, 60_000];

export interface DocumentWork {
  /** Handles this document again, where it is still in the selection. */
  wake(id: string): void;
  /** Aborts the handlers' signal and waits for them; the selection goes on. */
  stop(): Promise<void>;
}

export interface DocumentWorkOptions<V> {
  documents: LiveDocuments<V>;
  /** How many documents at a time. Default 1. */
  concurrency?: number;
  /** An error is logged, and the document handled again after a growing delay. */
  handle(value: V, signal: AbortSignal): Promise<void>;
}

export function workOnDocuments<V>(
  ports: { clock: Clock; log: Logger },
  options: DocumentWorkOptions<V>,
): DocumentWork {
  const { documents, concurrency = 1 } = options;
  const waiting = new Set<string>(documents.ids());
  const inFlight = new Map<string, Promise<void>>();
  const failures = new Map<string, number>();
  const retries = new Set<() => void>();
  const stopping = new AbortController();

  const wake = (id: string): void => {
    if (stopping.signal.aborted) return;
    waiting.add(id);
    startMore();
  };
  const startMore = (): void => {
    for (const id of waiting) {
      if (inFlight.size >= concurrency || stopping.signal.aborted) return;
      if (inFlight.has(id)) continue;
      waiting.delete(id);
      const value = documents.get(id);
      if (value === undefined) failures.delete(id);
      else
        inFlight.set(
          id,
          Promise.resolve().then(() => work(id, value)),
        );
    }
  };
  const work = async (id: string, value: V): Promise<void> => {
    try {
      await options.handle(value, stopping.signal);
      failures.delete(id);
    } catch (error) {
      if (!stopping.signal.aborted) retryLater(id, error);
    } finally {
      inFlight.delete(id);
      startMore();
    }
  };
  const retryLater = (id: string, error: unknown): void => {
    const count = failures.get(id) ?? 0;
    failures.set(id, count + 1);
    const delay_ms = RETRY_DELAYS_MS[Math.min(count, RETRY_DELAYS_MS.length - 1)] ?? 0;
    ports.log.warn({ document: id, delay_ms, error: describeError(error) }, 'will be tried again');
    const cancel = ports.clock.timer(delay_ms, () => {
      retries.delete(cancel);
      wake(id);
    });
    retries.add(cancel);
  };

  const unsubscribe = documents.onChange((ids) => {
    for (const id of ids) waiting.add(id);
    startMore();
  });
  startMore();
  return {
    wake,
    stop: async () => {
      unsubscribe();
      stopping.abort(new Error('stopping'));
      for (const cancel of retries) cancel();
      await Promise.all(inFlight.values());
    },
  };
}
