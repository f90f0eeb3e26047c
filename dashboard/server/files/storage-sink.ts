// The files of an endpoint's storage area, from the finder's records: those that are stored, and
// those that it left aside and why.

import type { Clock } from '../../../mockup/platform/clock/clock.ts';
import type { Database, Document, Stored } from '../../../mockup/platform/couch/database.ts';
import type { FileSummary } from '../../protocol/summaries.ts';
import type { LiveModel } from '../model/live-model.ts';
import { numberOf, textOf, timeOf } from '../summaries/reading.ts';
import type { DocumentSink } from '../watch/database-watch.ts';
import { documentPages } from '../watch/document-pages.ts';
import { FileFlow } from './file-flow.ts';
import type { FilesListener } from './ingester-sink.ts';

export class StorageSink implements DocumentSink {
  readonly #database: Database;
  readonly #id: string;
  readonly #flow: FileFlow;
  /** Sizes of the files on record, by their ids. */
  readonly sizes = new Map<string, number>();
  readonly #listeners = new Set<FilesListener>();
  #isReading = false;

  constructor(model: LiveModel, clock: Clock, database: Database) {
    this.#database = database;
    this.#id = `storage:${database.name}`;
    this.#flow = new FileFlow(model, clock, {
      ...{ id: this.#id, name: database.name, kind: 'storage' as const },
      states: ['stored', 'aside'],
      endState: 'stored',
      errorStates: ['aside'],
    });
  }

  read(): AsyncIterable<Stored<Document>[]> {
    return documentPages(this.#database);
  }

  reading(isReading: boolean): void {
    this.#isReading = isReading;
  }

  listen(listener: FilesListener): () => void {
    this.#listeners.add(listener);
    return () => void this.#listeners.delete(listener);
  }

  put(doc: Stored<Document>): void {
    const file = summaryOf(doc, this.#id, this.#keyOf(doc._id));
    if (!file) return;
    if (file.state === 'stored') this.sizes.set(doc._id, file.size_bytes ?? 0);
    this.#flow.put(file, !this.#isReading);
    for (const listener of this.#listeners) listener.file(doc._id);
  }

  remove(id: string): void {
    this.sizes.delete(id);
    this.#flow.remove(this.#keyOf(id));
    for (const listener of this.#listeners) listener.file(id);
  }

  *ids(): Iterable<string> {
    const prefix = this.#keyOf('').length;
    for (const key of this.#flow.ids()) yield key.slice(prefix);
  }

  size(): number {
    return this.#flow.size;
  }

  settle(): void {
    this.#flow.settle();
    for (const listener of this.#listeners) listener.settle();
  }

  close(): void {
    this.#flow.close();
  }

  #keyOf(id: string): string {
    return `${this.#database.name} ${id}`;
  }
}

function summaryOf(doc: Stored<Document>, flow: string, id: string): FileSummary | undefined {
  const common = { id, flow, size_bytes: numberOf(doc.size_bytes), attempts: 0 };
  if (doc.type === 'endpoint-aside') {
    const error = textOf(doc.message) ?? textOf(doc.reason);
    const path = textOf(doc.path) ?? '';
    return { ...common, path, state: 'aside', error, since_ms: timeOf(doc.found_on) };
  }
  if (doc.type !== 'endpoint-file') return undefined;
  const relpath = textOf(doc.relpath) ?? '';
  const filename = textOf(doc.filename) ?? '';
  const path = relpath === '' ? filename : `${relpath}/${filename}`;
  return { ...common, path, state: 'stored', error: null, since_ms: timeOf(doc.added_on) };
}
