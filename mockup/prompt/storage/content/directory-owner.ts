// Which database a directory of content belongs to, and that one server at a time works in it. What
// no record names would be taken away at the start: with another database that would be everything.

import { randomUUID } from 'node:crypto';
import { mkdir, readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { AppError } from '../../../core/errors.ts';
import type { Database } from '../../../platform/couch/database.ts';
import { createDocument } from '../../../platform/couch/documents/update-document.ts';

const IDENTITY = 'storage-identity';
const MARK_FILE = 'owner.sqlite';

/** The bytes' directory, held by this process until it ends or releases it. */
export class OwnedDirectory {
  readonly #file: DatabaseSync;
  readonly #directory: string;

  private constructor(directory: string, file: DatabaseSync) {
    this.#directory = directory;
    this.#file = file;
  }

  /** Throws AppError `locked` where another server works in it. */
  static async lock(directory: string): Promise<OwnedDirectory> {
    await mkdir(directory, { recursive: true });
    const file = new DatabaseSync(join(directory, MARK_FILE));
    try {
      // The lock is the kernel's: it goes with the process, however that ends.
      file.exec('PRAGMA locking_mode=EXCLUSIVE; BEGIN EXCLUSIVE');
      file.exec('CREATE TABLE IF NOT EXISTS owner (id TEXT NOT NULL); COMMIT');
      return new OwnedDirectory(directory, file);
    } catch (error) {
      file.close();
      const isBusy = (error as { errcode?: number }).errcode === 5;
      if (!isBusy) throw error;
      throw new AppError('locked', `another storage server works in ${directory}`, {
        hint: 'one server a directory: stop the other one, or give --data',
        cause: error,
      });
    }
  }

  release(): void {
    this.#file.close();
  }

  /**
   * Throws AppError `wrong_database` where it belongs to another database than this one. One without
   * a mark is taken where it is as new as the database, or has what the database names.
   */
  async claim(database: Database, known: ReadonlySet<string>): Promise<void> {
    const mark = this.#file.prepare('SELECT id FROM owner').get()?.id;
    const identity = (await database.get<{ id: string }>(IDENTITY))?.id;
    if (mark !== undefined && mark === identity) return;
    const there = (await readdir(join(this.#directory, 'content')).catch(() => [])).filter(
      (name) => !name.endsWith('.part'),
    );
    const fits = known.size === 0 ? there.length === 0 : there.some((file) => known.has(file));
    if (mark !== undefined || !fits) {
      throw new AppError(
        'wrong_database',
        `${this.#directory} does not belong to database ${database.name}`,
        { hint: 'look at COUCHDB_URL, --database and --data; nothing was changed' },
      );
    }
    await createDocument(database, {
      _id: IDENTITY,
      kind: 'identity',
      id: randomUUID(),
    } as { _id: string });
    const made = await database.get<{ id: string }>(IDENTITY);
    this.#file.prepare('INSERT INTO owner (id) VALUES (?)').run(made?.id ?? '');
  }
}
