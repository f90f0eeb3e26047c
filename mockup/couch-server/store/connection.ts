/**
 * Opens the SQLite file of one database and prepares its statements. WAL with `synchronous=FULL`
 * makes each commit durable with one fsync; the exclusive lock keeps a second server out of the file.
 */
import { randomBytes } from 'node:crypto';
import { DatabaseSync, type SQLOutputValue, type StatementSync } from 'node:sqlite';

/**
 * docs: one row per document, in the order of its newest change (`seq`), with the winning revision's
 * body, so that a feed with documents is one sequential scan. `tree` is the list of the winner's
 * ancestors (hashes, newest first) while there is one branch, else the revision tree as JSON.
 * revs: bodies of the other leaves (leaf=1) and of superseded revisions until compaction (leaf=0).
 * blobs, chunks: attachments; a blob that no document names yet, or any more, is swept later.
 * mango: the rows of the JSON indexes, `key` in collation order.
 */
const SCHEMA = `
CREATE TABLE IF NOT EXISTS meta (key TEXT PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS docs (seq INTEGER PRIMARY KEY, id TEXT NOT NULL, rev TEXT NOT NULL,
  deleted INTEGER NOT NULL, atts TEXT, tree TEXT NOT NULL, body TEXT NOT NULL);
CREATE INDEX IF NOT EXISTS docs_by_id ON docs(id, deleted, rev);
CREATE TABLE IF NOT EXISTS revs (n INTEGER PRIMARY KEY, id TEXT NOT NULL, rev TEXT NOT NULL,
  leaf INTEGER NOT NULL, deleted INTEGER NOT NULL, atts TEXT, body TEXT NOT NULL);
CREATE UNIQUE INDEX IF NOT EXISTS revs_by_id ON revs(id, rev);
CREATE TABLE IF NOT EXISTS local (id TEXT PRIMARY KEY, n INTEGER NOT NULL, body TEXT NOT NULL)
  WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS blobs (blob INTEGER PRIMARY KEY, length INTEGER, digest TEXT);
CREATE TABLE IF NOT EXISTS chunks (blob INTEGER NOT NULL, n INTEGER NOT NULL, data BLOB NOT NULL,
  PRIMARY KEY (blob, n));
CREATE TABLE IF NOT EXISTS mango (ix INTEGER NOT NULL, key BLOB NOT NULL, id TEXT NOT NULL,
  PRIMARY KEY (ix, key, id)) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS mango_indexes (ix INTEGER PRIMARY KEY, ddoc TEXT NOT NULL,
  name TEXT NOT NULL, definition TEXT NOT NULL, built_seq INTEGER NOT NULL, until_seq INTEGER NOT NULL);
`;

export interface SqlRow {
  [column: string]: SQLOutputValue;
}

export class Connection {
  readonly sqlite: DatabaseSync;
  readonly #statements = new Map<string, StatementSync>();

  constructor(sqlite: DatabaseSync) {
    this.sqlite = sqlite;
  }

  /** The prepared statement of this SQL text; prepared once. */
  sql(text: string): StatementSync {
    let statement = this.#statements.get(text);
    if (!statement) {
      statement = this.sqlite.prepare(text);
      this.#statements.set(text, statement);
    }
    return statement;
  }

  meta(key: string): string | undefined {
    const row = this.sql('SELECT value FROM meta WHERE key = ?').get(key);
    return row?.value as string | undefined;
  }

  setMeta(key: string, value: string): void {
    this.sql('INSERT OR REPLACE INTO meta (key, value) VALUES (?, ?)').run(key, value);
  }

  close(): void {
    this.#statements.clear();
    this.sqlite.close();
  }
}

/** Opens or creates the file (`:memory:` for none); `now` (ms) becomes the time of creation. */
export function openConnection(path: string, now: number, image?: Uint8Array): Connection {
  const sqlite = new DatabaseSync(path);
  try {
    if (image) sqlite.deserialize(image);
    // Takes effect in a new file alone.
    sqlite.exec(`PRAGMA auto_vacuum = INCREMENTAL; PRAGMA locking_mode = EXCLUSIVE;
      PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; PRAGMA wal_autocheckpoint = 1000;
      PRAGMA journal_size_limit = 33554432; PRAGMA temp_store = MEMORY; PRAGMA cache_size = -2000;`);
    const connection = new Connection(sqlite);
    sqlite.exec('BEGIN IMMEDIATE');
    sqlite.exec(SCHEMA);
    if (connection.meta('incarnation') === undefined) {
      connection.setMeta('incarnation', randomBytes(9).toString('base64url'));
      connection.setMeta('created_at', String(now));
    }
    sqlite.exec('COMMIT');
    return connection;
  } catch (error) {
    sqlite.close();
    throw error;
  }
}
