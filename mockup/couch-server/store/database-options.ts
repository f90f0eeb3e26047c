/** What a database is opened with. */
import type { Log } from './changes/listeners.ts';

export interface SqliteDatabaseOptions {
  readonly name: string;
  readonly path: string;
  readonly maxDocumentSize: number;
  /** Milliseconds since the epoch. */
  readonly now: number;
  readonly log?: Log;
}
