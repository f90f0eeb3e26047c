// What a component fetches: at once when its key changes, soon when its revision does, and with
// what it had until the new is there.

import { type Signal, useSignal } from '@preact/signals';
import { useEffect, useRef } from 'preact/hooks';
import { type RepeatedFetch, startRepeatedFetch } from './repeated-fetch.ts';

export interface Fetched<T> {
  value: T | undefined;
  /** What `value` belongs to. */
  key: string;
  error: Error | undefined;
  isLoading: boolean;
}

/** `key` says what is fetched, `revision` which state of it. */
export function useFetched<T>(
  key: string,
  revision: string | number,
  fetchIt: (signal: AbortSignal) => Promise<T>,
): Signal<Fetched<T>> {
  const fetched = useSignal<Fetched<T>>({
    value: undefined,
    key: '',
    error: undefined,
    isLoading: true,
  });
  const running = useRef<{ fetch: RepeatedFetch; revision: string | number } | undefined>(
    undefined,
  );

  useEffect(() => {
    fetched.value = { ...fetched.peek(), isLoading: true };
    const fetch = startRepeatedFetch(fetchIt, {
      done: (value) => {
        fetched.value = { value, key, error: undefined, isLoading: false };
      },
      failed: (error) => {
        const { value, key: valueKey } = fetched.peek();
        const kept = valueKey === key ? value : undefined;
        fetched.value = { value: kept, key, error, isLoading: false };
      },
    });
    running.current = { fetch, revision };
    return () => fetch.stop();
  }, [key]);

  useEffect(() => {
    const { current } = running;
    if (!current || current.revision === revision) return;
    current.revision = revision;
    current.fetch.again();
  }, [revision]);

  return fetched;
}
