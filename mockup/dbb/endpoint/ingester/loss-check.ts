// Before an attempt: this process may have slept longer than its lease, and others may have taken over
// what is in its hands.

import type { IngesterLease } from './claiming/lease.ts';
import type { ClaimedFile, EventStore } from './event-store.ts';

export function lossCheck({ lease, store }: { lease: IngesterLease; store: EventStore }) {
  return async (files: readonly ClaimedFile[]): Promise<readonly ClaimedFile[]> => {
    if (lease.isSure) return [];
    try {
      await lease.renew();
      return await store.lostOf(files);
    } catch {
      // The database is away: nobody else can take a file there.
      return [];
    }
  };
}
