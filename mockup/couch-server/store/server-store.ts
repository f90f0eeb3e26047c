/**
 * The databases of one server: a directory with one SQLite file per database (or all of them in
 * memory). One file each, so that deleting a database gives its space back at once, a damaged file
 * costs one database, and writers of different databases never wait for one another.
 */
import type { StoredDatabase } from './database.ts';

export interface DatabaseEvent {
  readonly type: 'created' | 'updated' | 'deleted';
  readonly database: string;
}

export interface ServerStore {
  /** Stays the same over restarts of the same directory. */
  readonly uuid: string;
  /** All names, sorted by bytes. */
  databaseNames(): string[];
  database(name: string): StoredDatabase | undefined;
  /** Throws CouchError 400 `illegal_database_name`, 412 `file_exists`. */
  createDatabase(name: string): StoredDatabase;
  /** Throws CouchError 404. Feeds on it end. */
  deleteDatabase(name: string): void;
  /** Creations, deletions and commits (`updated`: once per commit) of every database. */
  onDatabaseEvent(listener: (event: DatabaseEvent) => void): () => void;
  close(): Promise<void>;
}
