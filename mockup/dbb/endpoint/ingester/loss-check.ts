// Before an attempt: this process may have slept longer than its lease, and others may have taken over
// what is in its hands.

import type { Lease } from './claiming/lease.ts';
import type { ClaimedFile, EventBook } from './event-book.ts';

export function lossCheck({ lease, book }: { lease: Lease; book: EventBook }) {
  return async (files: readonly ClaimedFile[]): Promise<readonly ClaimedFile[]> => {
    if (lease.isSure) return [];
    try {
      await lease.renew();
      return await book.lostOf(files);
    } catch {
      // The database is away: nobody else can take a file there.
      return [];
    }
  };
}
