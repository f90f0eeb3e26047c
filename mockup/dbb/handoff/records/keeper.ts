// The end of a batch: its records go to CouchDB, and when they are there its journal goes. While
// too many records wait (CouchDB is away), batches are parked: their journals are enough to write
// the records later, so that the memory stays bounded.

import { newBatchRecord } from '../../../core/dbb/batch-record.ts';
import { fileRecordId } from '../../../core/dbb/file-record.ts';
import type { HandoffParts } from '../parts.ts';
import { type Batch, deliveredOf, isDecided, outcomeOf, recoverBatch } from '../queue/batch.ts';
import { reportPlace } from './file-reports.ts';

const PENDING_MAX = 20_000;
const PENDING_LOW = 2_000;

export class Keeper {
  readonly #parts: HandoffParts;
  readonly #parked: string[] = [];

  constructor(parts: HandoffParts) {
    this.#parts = parts;
  }

  /** Batches whose records are on the local disk only. */
  get parked(): number {
    return this.#parked.length;
  }

  /** Takes a batch of which all files are decided. */
  async take(batch: Batch): Promise<void> {
    await batch.journal.close();
    const { files } = this.#parts;
    if (files.pending <= PENDING_MAX) return this.#record(batch);
    for (const { file } of deliveredOf(batch)) files.withdraw(fileRecordId(file.version));
    this.#parked.push(batch.id);
  }

  /** Records parked batches where there is room. */
  async catchUp(): Promise<void> {
    const { files, journals } = this.#parts;
    while (files.pending < PENDING_LOW) {
      const name = this.#parked.shift();
      if (name === undefined) return;
      const batch = await recoverBatch(journals, name);
      if (!batch || !isDecided(batch)) continue;
      await batch.journal.close();
      this.#record(batch);
    }
  }

  #record(batch: Batch): void {
    const { manager, batches, journals } = this.#parts;
    const delivered = deliveredOf(batch);
    let open = delivered.length + 1;
    const written = (): void => {
      open--;
      if (open === 0) journals.remove(batch.id);
    };
    for (const one of delivered) reportPlace(this.#parts, batch.id, one, written);
    const ids = batch.files.map(({ file }) => fileRecordId(file.version));
    const record = newBatchRecord(outcomeOf(batch, manager, ids));
    batches.put(record._id, () => record, written);
  }
}
