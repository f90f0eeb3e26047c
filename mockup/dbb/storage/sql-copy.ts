// The records of an endpoint as the Python manager has them: a SQLite file with a table of files and
// one of file events, for queries that people have. Values are stored as SQLAlchemy stores them.

import { DatabaseSync, type StatementSync } from 'node:sqlite';
import type { EndpointFile } from '../../core/dbb/endpoint-file.ts';
import type { IngestDocument, IngestEvent } from '../../core/dbb/ingest-events.ts';

export interface SqlCopyOptions {
  path: string;
  /** Names of the two tables. */
  tables: { files: string; events: string };
}

/** Which changes of a database are in the copy, kept in the copy itself. */
const PLACES = 'endmgr_export';

export class SqlCopy {
  readonly #database: DatabaseSync;
  readonly #putFile: StatementSync;
  readonly #idOf: StatementSync;
  readonly #removeEvents: StatementSync;
  readonly #putEvent: StatementSync;

  constructor({ path, tables }: SqlCopyOptions) {
    const files = quoted(tables.files);
    const events = quoted(tables.events);
    this.#database = new DatabaseSync(path);
    // Readers go on while it is brought up to date.
    this.#database.exec('PRAGMA journal_mode = WAL; PRAGMA busy_timeout = 20000');
    this.#database.exec(`
      CREATE TABLE IF NOT EXISTS ${files} (
        id INTEGER PRIMARY KEY, relpath VARCHAR NOT NULL, filename VARCHAR NOT NULL,
        checksum VARCHAR NOT NULL, size_bytes BIGINT NOT NULL, added_on DATETIME NOT NULL,
        UNIQUE (relpath, filename));
      CREATE TABLE IF NOT EXISTS ${events} (
        ingest_ver VARCHAR, start_time DATETIME NOT NULL, duration DATETIME, err_message TEXT,
        status VARCHAR(8), files_id INTEGER NOT NULL REFERENCES ${files} (id),
        PRIMARY KEY (start_time, files_id));
      CREATE INDEX IF NOT EXISTS ${quoted(`${tables.events}_files_id`)} ON ${events} (files_id);
      CREATE TABLE IF NOT EXISTS ${PLACES} (name VARCHAR PRIMARY KEY, since VARCHAR NOT NULL);
    `);
    this.#putFile = this.#database.prepare(`
      INSERT INTO ${files} (relpath, filename, checksum, size_bytes, added_on)
      VALUES (?, ?, ?, ?, ?) ON CONFLICT (relpath, filename) DO UPDATE SET
      checksum = excluded.checksum, size_bytes = excluded.size_bytes, added_on = excluded.added_on`);
    this.#idOf = this.#database.prepare(
      `SELECT id FROM ${files} WHERE relpath = ? AND filename = ?`,
    );
    this.#removeEvents = this.#database.prepare(`DELETE FROM ${events} WHERE files_id = ?`);
    this.#putEvent = this.#database.prepare(`INSERT INTO ${events}
      (ingest_ver, start_time, duration, err_message, status, files_id) VALUES (?, ?, ?, ?, ?, ?)`);
  }

  placeOf(name: string): string {
    const place = this.#database.prepare(`SELECT since FROM ${PLACES} WHERE name = ?`).get(name);
    return String(place?.since ?? '0');
  }

  /** A page of records and the place behind it: all of it is in the copy, or none. */
  write(name: string, since: string, put: () => void): void {
    this.#database.exec('BEGIN IMMEDIATE');
    try {
      put();
      this.#database
        .prepare(`INSERT OR REPLACE INTO ${PLACES} (name, since) VALUES (?, ?)`)
        .run(name, since);
      this.#database.exec('COMMIT');
    } catch (error) {
      this.#database.exec('ROLLBACK');
      throw error;
    }
  }

  putFile(file: EndpointFile): void {
    const { relpath, filename, checksum, size_bytes, added_on } = file;
    this.#putFile.run(relpath, filename, checksum, size_bytes, timeText(added_on, 0));
  }

  /** The whole history of a file. False where its record is not in the copy yet. */
  putEvents(path: string, { events }: IngestDocument): boolean {
    const end = path.lastIndexOf('/');
    const row = this.#idOf.get(end < 0 ? '' : path.slice(0, end), path.slice(end + 1));
    if (row?.id === undefined) return false;
    this.#removeEvents.run(row.id);
    for (const [index, event] of events.entries()) this.#putOne(event, index, row.id);
    return true;
  }

  close(): void {
    this.#database.close();
  }

  #putOne(event: IngestEvent, index: number, id: unknown): void {
    const { ingest_ver, start_time, duration, err_message, status } = event;
    this.#putEvent.run(
      ingest_ver,
      timeText(start_time, index),
      duration === null ? null : intervalText(duration),
      err_message,
      status,
      id as number,
    );
  }
}

/**
 * `2026-11-28 07:00:00.123004`. The last three digits are the event's place among its file's own:
 * two of one millisecond stay two rows, in order.
 */
function timeText(timestamp: string, index: number): string {
  return `${timestamp.replace('T', ' ').replace(/Z$/, '')}${String(index % 1000).padStart(3, '0')}`;
}

/** SQLAlchemy keeps an interval in SQLite as a time after the epoch. */
function intervalText(seconds: number): string {
  const whole_ms = Math.floor(seconds * 1000);
  const micros = Math.round(seconds * 1e6) - whole_ms * 1000;
  return timeText(new Date(whole_ms).toISOString(), micros);
}

function quoted(name: string): string {
  return `"${name.replaceAll('"', '""')}"`;
}

/** The table of a database: what precedes the last dash is a schema, which SQLite has not. */
export function tableOf(database: string): string {
  return database.split('-').at(-1) ?? database;
}
