// All writes of one process to `msgq`, gathered into few requests, and its look-ups of leaves. The
// bound of a request in bytes, and what happens to a message that is refused, is the database's.

import type { Clock } from '../clock/clock.ts';
import { Batcher } from '../couch/batcher.ts';
import type { Database, LeafRevision, Writable, WriteResult } from '../couch/database.ts';
import { WriteSettler } from '../couch/exclusive/settled-write.ts';

const BATCH_LIMIT = 500;
const COMPANY_MS = 20;

export class MessageWriter {
  /** Which claims count, on a cluster. */
  readonly settler: WriteSettler;
  readonly #writes: Batcher<Writable, WriteResult>;
  readonly #looks: Batcher<string, LeafRevision<Writable>[]>;

  constructor(database: Database, clock: Clock) {
    const options = { clock, limit: BATCH_LIMIT, company_ms: COMPANY_MS };
    this.#writes = new Batcher({ ...options, run: (docs) => database.bulk(docs) });
    this.#looks = new Batcher({ ...options, run: (ids) => database.leaves<Writable>(ids) });
    this.settler = new WriteSettler({
      database,
      clock,
      write: (doc) => this.write(doc),
      leaves: (id) => this.leaves(id),
    });
  }

  /** One compare-and-set write; a conflict is a result, not an error. */
  write(doc: Writable): Promise<WriteResult> {
    return this.#writes.add(doc);
  }

  /** Like `write`, for what nobody waits for. */
  writeSoon(doc: Writable): Promise<WriteResult> {
    return this.#writes.addSoon(doc);
  }

  leaves(id: string): Promise<LeafRevision<Writable>[]> {
    return this.#looks.add(id);
  }

  /** Resolves when all that was written so far is on record (or refused). */
  settle(): Promise<void> {
    return this.#writes.settle();
  }
}
