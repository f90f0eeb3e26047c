// What must survive, written behind the broker: everything that became dirty while one write was
// under way goes into the next, so that the number of writes does not follow the number of calls.
// This process alone writes the database. A conflict means that a second server does too, and then
// neither can be believed any more.

import { AppError } from '../../../../core/errors.ts';
import type { Database, Writable } from '../../../../platform/couch/database.ts';

/** A document to be stored as it is when its turn comes. */
export interface Dirty {
  id: string;
  /** Undefined: it is to be deleted. */
  content(): Record<string, unknown> | undefined;
  bytes: number;
  stored?(): void;
}

export interface Journal {
  /** Marks a document; the same one twice is written once. */
  mark(dirty: Dirty): void;
  /** Resolves when all that was marked until now is stored. Rejects when the journal failed. */
  commit(): Promise<void>;
  /** Writes what is left, and ends. */
  close(): Promise<void>;
}

const BATCH_BYTES_MAX = 16_000_000;
const BATCH_DOCUMENTS_MAX = 2000;

/** `revs`: of the documents that are there already, by id. */
export function createJournal(
  database: Database,
  revs: Map<string, string>,
  onFailure: (error: Error) => void,
): Journal {
  return new CouchJournal(database, revs, onFailure);
}

class CouchJournal implements Journal {
  readonly #database: Database;
  readonly #revs: Map<string, string>;
  readonly #onFailure: (error: Error) => void;
  #dirty = new Map<string, Dirty>();
  #round: Promise<void> | undefined;
  #following: Promise<void> | undefined;
  #failure: Error | undefined;

  constructor(database: Database, revs: Map<string, string>, onFailure: (error: Error) => void) {
    this.#database = database;
    this.#revs = revs;
    this.#onFailure = onFailure;
  }

  mark(dirty: Dirty): void {
    this.#dirty.set(dirty.id, dirty);
  }

  commit(): Promise<void> {
    if (this.#failure) return Promise.reject(this.#failure);
    // What is marked now may just have missed the round that is under way.
    this.#following ??= this.#next();
    return this.#following;
  }

  async close(): Promise<void> {
    if (!this.#failure && this.#dirty.size > 0) await this.commit();
    await this.#round;
  }

  async #next(): Promise<void> {
    await this.#round?.catch(() => {});
    // All calls of this turn of the event loop come along.
    await new Promise<void>((resolve) => setImmediate(resolve));
    this.#following = undefined;
    this.#round = this.#write();
    await this.#round;
  }

  async #write(): Promise<void> {
    const dirty = [...this.#dirty.values()];
    this.#dirty.clear();
    try {
      for (const batch of batches(dirty)) await this.#writeBatch(batch);
    } catch (error) {
      this.#failure ??= error as Error;
      this.#onFailure(this.#failure);
      throw error;
    }
  }

  async #writeBatch(batch: readonly Dirty[]): Promise<void> {
    const written = batch.flatMap((one) => {
      const content = one.content();
      const rev = this.#revs.get(one.id);
      // It came and went between two writes.
      if (!content && rev === undefined) return [];
      const doc: Writable = { _id: one.id, ...(rev !== undefined && { _rev: rev }) };
      return [
        { one, doc: content ? { ...content, ...doc } : { ...doc, _deleted: true as const } },
      ];
    });
    const results = await this.#database.bulk(written.map(({ doc }) => doc));
    for (const [index, result] of results.entries()) {
      const { one, doc } = written[index] as (typeof written)[number];
      if (!result.ok) throw refused(result.id, result.error);
      if ('_deleted' in doc) this.#revs.delete(one.id);
      else this.#revs.set(one.id, result.rev);
      one.stored?.();
    }
  }
}

function* batches(dirty: readonly Dirty[]): Generator<Dirty[]> {
  let batch: Dirty[] = [];
  let bytes = 0;
  for (const one of dirty) {
    const full = bytes + one.bytes > BATCH_BYTES_MAX || batch.length >= BATCH_DOCUMENTS_MAX;
    if (full && batch.length > 0) {
      yield batch;
      batch = [];
      bytes = 0;
    }
    batch.push(one);
    bytes += one.bytes;
  }
  if (batch.length > 0) yield batch;
}

function refused(id: string, error: string): AppError {
  if (error === 'conflict') {
    return new AppError('pubsub_second_server', `document ${id} was changed by somebody else`, {
      hint: 'one server at a time may write a database: stop the other one, then start this again',
    });
  }
  return new AppError('pubsub_not_stored', `document ${id} could not be stored: ${error}`);
}
