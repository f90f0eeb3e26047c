/** What a database is opened with. */
import type { Log } from './changes/listeners.ts';
import type { Turns } from './turns.ts';

export interface SqliteDatabaseOptions {
  readonly name: string;
  readonly path: string;
  readonly maxDocumentSize: number;
  /** Milliseconds since the epoch. */
  readonly now: number;
  readonly log?: Log;
  readonly turns?: Turns | undefined;
  /** What the database holds to begin with, as SQLite's `serialize` gave it; in memory alone. */
  readonly image?: Uint8Array | undefined;
}
