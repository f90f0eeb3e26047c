// Documents that are shown as rows of a table: only what the table needs is kept of each, and only of
// those that were written last, so that the history of years takes no memory. The others are counted.

import type { Database, Document, Stored } from '../../../mockup/platform/couch/database.ts';
import { countDocuments } from '../../../mockup/platform/couch/documents/count-documents.ts';
import type { TableName } from '../../protocol/summaries.ts';
import type { LiveModel } from '../model/live-model.ts';
import type { DocumentSink } from './database-watch.ts';
import { type DocumentReader, KEPT_MAX, newestDocuments } from './newest-documents.ts';

export interface RowSinkOptions<Row> {
  table: TableName;
  database: Database;
  /** Reads a small database. */
  read(): AsyncIterable<Stored<Document>[]>;
  /** Reads some documents of a large one. */
  readSome: DocumentReader;
  /** Undefined for a document that is no row. */
  row(doc: Stored<Document>): Row | undefined;
}

export class RowSink<Row> implements DocumentSink {
  /** In the order in which they were written. */
  readonly rows = new Map<string, Row>();
  readonly #model: LiveModel;
  readonly #options: RowSinkOptions<Row>;
  /** Documents that are not kept. */
  #older = 0;
  #total = 0;
  #revision = 0;
  #toldRevision = -1;

  constructor(model: LiveModel, options: RowSinkOptions<Row>) {
    this.#model = model;
    this.#options = options;
  }

  async *read(): AsyncGenerator<Stored<Document>[]> {
    const { database, read, readSome } = this.#options;
    this.#total = await countDocuments(database);
    yield* newestDocuments(database, this.#total, read, readSome);
  }

  reading(isReading: boolean): void {
    if (!isReading && this.#total > KEPT_MAX) this.#older = this.#total - this.rows.size;
  }

  put(doc: Stored<Document>): void {
    const row = this.#options.row(doc);
    if (row === undefined) this.remove(doc._id);
    else this.keep(doc._id, row, isFirst(doc._rev));
  }

  /** `isNew`: the document has just been made. */
  protected keep(id: string, row: Row, isNew: boolean): void {
    if (!this.rows.delete(id) && !isNew) this.#older = Math.max(0, this.#older - 1);
    this.rows.set(id, row);
    if (this.rows.size > KEPT_MAX) {
      const [oldest] = this.rows.keys();
      if (oldest !== undefined) this.forget(oldest);
      this.#older += 1;
    }
    this.touch();
  }

  protected forget(id: string): void {
    this.rows.delete(id);
  }

  remove(id: string): void {
    if (this.rows.has(id)) this.forget(id);
    else this.#older = Math.max(0, this.#older - 1);
    this.touch();
  }

  ids(): Iterable<string> {
    return this.rows.keys();
  }

  /** With those that are not kept. */
  size(): number {
    return this.rows.size + this.#older;
  }

  /** Notes that a row has changed. */
  touch(): void {
    this.#revision += 1;
  }

  settle(): void {
    if (this.#revision === this.#toldRevision) return;
    this.#toldRevision = this.#revision;
    const { table } = this.#options;
    this.#model.put('table', { id: table, rows: this.size(), revision: this.#revision });
  }
}

function isFirst(rev: string | undefined): boolean {
  return rev?.startsWith('1-') ?? false;
}
