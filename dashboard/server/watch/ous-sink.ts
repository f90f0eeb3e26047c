// The OUSs: their summaries for all clients, and the tracks of their states for charts, replay and
// metrics.

import type { Database, Document, Stored } from '../../../mockup/platform/couch/database.ts';
import type { LiveModel } from '../model/live-model.ts';
import { summariseOus } from '../summaries/ous-summary.ts';
import type { DocumentSink } from './database-watch.ts';
import { documentPages } from './document-pages.ts';

export class OusSink implements DocumentSink {
  /** By document id, see OusReading. */
  readonly tracks = new Map<string, readonly number[]>();
  readonly #model: LiveModel;
  readonly #database: Database;

  constructor(model: LiveModel, database: Database) {
    this.#model = model;
    this.#database = database;
  }

  read(): AsyncIterable<Stored<Document>[]> {
    return documentPages(this.#database);
  }

  put(doc: Stored<Document>): void {
    const reading = summariseOus(doc);
    if (!reading) {
      this.remove(doc._id);
      return;
    }
    this.tracks.set(doc._id, reading.steps);
    this.#model.put('ous', reading.summary);
  }

  remove(id: string): void {
    this.tracks.delete(id);
    this.#model.remove('ous', id);
  }

  ids(): Iterable<string> {
    return this.tracks.keys();
  }

  size(): number {
    return this.tracks.size;
  }
}
