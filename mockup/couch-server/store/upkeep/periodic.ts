/** What a running server does for its databases from time to time: old tombstones go. */
import type { Log } from '../changes/listeners.ts';
import type { DirectoryStore } from '../directory-store.ts';

const PURGE_EVERY_MS = 3_600_000;

/** From time to time, in each database that is open but the server's own. */
export function keepPurging(
  store: DirectoryStore,
  age_ms: number | undefined,
  log: Log,
): () => void {
  if (age_ms === undefined) return () => undefined;
  const purge = async (): Promise<void> => {
    for (const database of store.openDatabases()) {
      if (database.name.startsWith('_') || database.closed) continue;
      try {
        if ((await database.purgeTombstones(age_ms, Date.now())) > 0) await database.compact();
      } catch (error) {
        if (!database.closed) log(`tombstones of ${database.name} could not be purged`, error);
      }
    }
  };
  const timer = setInterval(() => void purge(), Math.min(age_ms / 16, PURGE_EVERY_MS));
  timer.unref();
  return () => clearInterval(timer);
}
