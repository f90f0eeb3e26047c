// Documents that are shown as rows of a table: only what the table needs is kept of each.

import type { Document, Stored } from '../../../mockup/platform/couch/database.ts';
import type { TableName } from '../../protocol/summaries.ts';
import type { LiveModel } from '../model/live-model.ts';
import type { DocumentSink } from './database-watch.ts';

export interface RowSinkOptions<Row> {
  table: TableName;
  read(): AsyncIterable<Stored<Document>[]>;
  /** Undefined for a document that is no row. */
  row(doc: Stored<Document>): Row | undefined;
}

export class RowSink<Row> implements DocumentSink {
  readonly rows = new Map<string, Row>();
  readonly #model: LiveModel;
  readonly #options: RowSinkOptions<Row>;
  #revision = 0;
  #toldRevision = -1;

  constructor(model: LiveModel, options: RowSinkOptions<Row>) {
    this.#model = model;
    this.#options = options;
  }

  read(): AsyncIterable<Stored<Document>[]> {
    return this.#options.read();
  }

  put(doc: Stored<Document>): void {
    const row = this.#options.row(doc);
    if (row === undefined) {
      this.remove(doc._id);
      return;
    }
    this.rows.set(doc._id, row);
    this.touch();
  }

  remove(id: string): void {
    if (this.rows.delete(id)) this.touch();
  }

  ids(): Iterable<string> {
    return this.rows.keys();
  }

  size(): number {
    return this.rows.size;
  }

  /** Notes that a row has changed. */
  touch(): void {
    this.#revision += 1;
  }

  settle(): void {
    if (this.#revision === this.#toldRevision) return;
    this.#toldRevision = this.#revision;
    const { table } = this.#options;
    this.#model.put('table', { id: table, rows: this.rows.size, revision: this.#revision });
  }
}
