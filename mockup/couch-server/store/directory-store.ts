/**
 * The server's databases on disk or in memory. The directory is locked for one server. Deleting a
 * database begins with renaming its file, so that a crash leaves either all of it or nothing.
 */
import { randomBytes, randomUUID } from 'node:crypto';
import {
  closeSync,
  fsyncSync,
  mkdirSync,
  openSync,
  readdirSync,
  renameSync,
  rmSync,
} from 'node:fs';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { AppError } from '../../core/errors.ts';
import { CouchError, databaseMissing } from '../couch-error.ts';
import { DEFAULT_LIMITS } from '../limits.ts';
import { Listeners, type Log } from './changes/listeners.ts';
import type { DatabaseEvent, ServerStore } from './server-store.ts';
import { SqliteDatabase } from './sqlite-database.ts';
import type { Turns } from './turns.ts';

export interface DirectoryStoreOptions {
  /** Where the files are; created if missing. Absent: everything is in memory. */
  readonly directory?: string | undefined;
  readonly maxDatabases?: number;
  readonly maxDocumentSize?: number;
  /** Told what fails behind the requests. */
  readonly log?: Log;
  readonly turns?: Turns | undefined;
  /** Databases that are there from the beginning, by name; in memory alone. */
  readonly images?: ReadonlyMap<string, Uint8Array> | undefined;
}

const NAME = /^[a-z][a-z0-9_$()+/-]*$/;
const SYSTEM = new Set(['_users', '_replicator', '_global_changes']);
const SUFFIX = '.sqlite';
const DELETED = '.deleted';
const SERVER_FILE = 'server.db';

/** A dot is in no name, so it can stand for the slash; names have no capitals to be confused. */
const fileOf = (name: string): string => `${name.replaceAll('/', '.')}${SUFFIX}`;
const nameOf = (file: string): string => file.slice(0, -SUFFIX.length).replaceAll('.', '/');

/** Throws CouchError 400 `illegal_database_name`. */
export function checkDatabaseName(name: string): void {
  if (SYSTEM.has(name) || (NAME.test(name) && name.length <= 238)) return;
  const allowed =
    'Only lowercase characters (a-z), digits (0-9), and any of the characters ' +
    '_, $, (, ), +, -, and / are allowed. Must begin with a letter.';
  throw new CouchError(400, 'illegal_database_name', `Name: '${name}'. ${allowed}`);
}

export class DirectoryStore implements ServerStore {
  readonly uuid: string;
  /** For signing session cookies; stays the same over restarts. */
  readonly secret: string;
  readonly #directory: string | undefined;
  readonly #limits: { readonly maxDatabases: number; readonly maxDocumentSize: number };
  readonly #log: Log;
  readonly #server: DatabaseSync;
  /** Undefined for a database that was not opened yet. */
  readonly #databases = new Map<string, SqliteDatabase | undefined>();
  readonly #listeners: Listeners<DatabaseEvent>;
  readonly #turns: Turns | undefined;
  #names: string[] | undefined;

  /** Throws AppError where another server uses the directory, or where it cannot be written. */
  constructor(options: DirectoryStoreOptions) {
    const { directory } = options;
    const { maxDatabases, maxDocumentSize } = { ...DEFAULT_LIMITS, ...options };
    this.#directory = directory;
    this.#log = options.log ?? (() => undefined);
    this.#turns = options.turns;
    this.#listeners = new Listeners('the store', this.#log);
    this.#limits = { maxDatabases, maxDocumentSize };
    this.#server = openServerFile(directory);
    this.uuid = serverValue(this.#server, 'uuid', () => randomUUID().replaceAll('-', ''));
    this.secret = serverValue(this.#server, 'secret', () => randomBytes(32).toString('hex'));
    for (const [name, image] of options.images ?? []) this.#open(name, image);
    if (directory === undefined) return;
    removeLeftovers(directory);
    for (const file of readdirSync(directory)) {
      if (file.endsWith(SUFFIX)) this.#databases.set(nameOf(file), undefined);
    }
  }

  databaseNames(): string[] {
    this.#names ??= [...this.#databases.keys()].sort();
    return this.#names;
  }

  database(name: string): SqliteDatabase | undefined {
    const open = this.#databases.get(name);
    if (open || !this.#databases.has(name)) return open;
    return this.#open(name);
  }

  openDatabases(): SqliteDatabase[] {
    return [...this.#databases.values()].filter((database) => database !== undefined);
  }

  createDatabase(name: string): SqliteDatabase {
    checkDatabaseName(name);
    if (this.#databases.has(name)) {
      const reason = 'The database could not be created, the file already exists.';
      throw new CouchError(412, 'file_exists', reason);
    }
    if (this.#databases.size >= this.#limits.maxDatabases) {
      const reason = `This server holds at most ${this.#limits.maxDatabases} databases.`;
      throw new CouchError(507, 'insufficient_storage', reason);
    }
    const database = this.#open(name);
    this.#syncDirectory();
    this.#names = undefined;
    this.#listeners.tell({ type: 'created', database: name });
    return database;
  }

  deleteDatabase(name: string): void {
    if (!this.#databases.has(name)) throw databaseMissing();
    this.#databases.get(name)?.close();
    if (this.#directory !== undefined) {
      const file = join(this.#directory, fileOf(name));
      renameSync(file, file + DELETED);
      for (const left of [`${file}-wal`, `${file}-shm`, file + DELETED])
        rmSync(left, { force: true });
      this.#syncDirectory();
    }
    this.#databases.delete(name);
    this.#names = undefined;
    this.#listeners.tell({ type: 'deleted', database: name });
  }

  onDatabaseEvent(listener: (event: DatabaseEvent) => void): () => void {
    return this.#listeners.add(listener);
  }

  async close(): Promise<void> {
    for (const database of this.#databases.values()) database?.close();
    this.#databases.clear();
    this.#listeners.clear();
    if (this.#server.isOpen) this.#server.close();
  }

  #open(name: string, image?: Uint8Array): SqliteDatabase {
    const path = this.#directory === undefined ? ':memory:' : join(this.#directory, fileOf(name));
    const { maxDocumentSize } = this.#limits;
    const options = { name, path, maxDocumentSize, now: Date.now(), log: this.#log };
    const more = { turns: this.#turns, image };
    const database = new SqliteDatabase({ ...options, ...more });
    database.onChanges(() => this.#listeners.tell({ type: 'updated', database: name }));
    this.#databases.set(name, database);
    return database;
  }

  #syncDirectory(): void {
    if (this.#directory === undefined) return;
    const handle = openSync(this.#directory, 'r');
    try {
      fsyncSync(handle);
    } finally {
      closeSync(handle);
    }
  }
}

function openServerFile(directory: string | undefined): DatabaseSync {
  // It holds password hashes and the key of the session cookies.
  if (directory !== undefined) mkdirSync(directory, { recursive: true, mode: 0o700 });
  const path = directory === undefined ? ':memory:' : join(directory, SERVER_FILE);
  const file = new DatabaseSync(path);
  try {
    file.exec(`PRAGMA locking_mode = EXCLUSIVE; PRAGMA journal_mode = DELETE;
      CREATE TABLE IF NOT EXISTS server (key TEXT PRIMARY KEY, value TEXT NOT NULL);
      BEGIN EXCLUSIVE; COMMIT`);
    return file;
  } catch (error) {
    file.close();
    if (!/locked|busy/.test(String(error))) throw error;
    throw new AppError('directory_in_use', `another server uses the directory ${directory}`, {
      hint: 'stop that server, or give this one another data directory',
      cause: error,
    });
  }
}

function serverValue(file: DatabaseSync, key: string, make: () => string): string {
  const row = file.prepare('SELECT value FROM server WHERE key = ?').get(key);
  if (row) return row.value as string;
  const value = make();
  file.prepare('INSERT INTO server (key, value) VALUES (?, ?)').run(key, value);
  return value;
}

/** What a crash during a deletion left: renamed files, and logs whose database is gone. */
function removeLeftovers(directory: string): void {
  const files = new Set(readdirSync(directory));
  for (const file of files) {
    const orphan = /^(.*\.sqlite)-(?:wal|shm)$/.exec(file);
    const left = orphan ? !files.has(orphan[1] as string) : file.endsWith(SUFFIX + DELETED);
    if (left) rmSync(join(directory, file), { force: true });
  }
}
