// The files of one ingester by the status of their newest event. A file that the ingester has not
// taken yet has no document there: it counts as UNTRIED, like in the ingester itself.

import { pathOfId } from '../../../mockup/core/dbb/endpoint-file.ts';
import { ingestStatuses } from '../../../mockup/core/dbb/ingest-events.ts';
import type { Clock } from '../../../mockup/platform/clock/clock.ts';
import type { Database, Document, Stored } from '../../../mockup/platform/couch/database.ts';
import type { FileSummary } from '../../protocol/summaries.ts';
import type { LiveModel } from '../model/live-model.ts';
import { countOf, fieldsOf, textOf, timeOf } from '../summaries/reading.ts';
import type { DocumentSink } from '../watch/database-watch.ts';
import { documentPages } from '../watch/document-pages.ts';
import { FileFlow } from './file-flow.ts';

/** The files that an ingester works on: their ids and sizes. */
export interface FilesOnRecord {
  sizes: ReadonlyMap<string, number>;
  /** Returns how to end that. */
  listen(listener: FilesListener): () => void;
}

export interface FilesListener {
  /** A file is on record from now on, or no more. */
  file(id: string): void;
  /** After each page or batch of them. */
  settle(): void;
}

export class IngesterSink implements DocumentSink {
  readonly #database: Database;
  readonly #id: string;
  readonly #flow: FileFlow;
  readonly #taken = new Set<string>();
  #files: FilesOnRecord | undefined;
  #endFiles: () => void = () => {};
  #isReading = false;

  constructor(model: LiveModel, clock: Clock, database: Database) {
    this.#database = database;
    this.#id = `ingester:${database.name}`;
    this.#flow = new FileFlow(model, clock, {
      ...{ id: this.#id, name: database.name, kind: 'ingester' as const },
      states: ingestStatuses,
      endState: 'SUCCESS',
      errorStates: ['FAILURE', 'UNKNOWN', 'INVALID'],
    });
  }

  /** Which files there are; undefined where it is not known any more. */
  setFiles(files: FilesOnRecord | undefined): void {
    if (files === this.#files) return;
    this.#endFiles();
    for (const id of this.#files?.sizes.keys() ?? []) {
      if (!this.#taken.has(id)) this.#flow.remove(this.#keyOf(id));
    }
    this.#files = files;
    const listener = { file: (id: string) => this.#noteFile(id), settle: () => this.settle() };
    this.#endFiles = files?.listen(listener) ?? (() => {});
    for (const id of files?.sizes.keys() ?? []) this.#noteFile(id);
    this.#flow.settle();
  }

  read(): AsyncIterable<Stored<Document>[]> {
    return documentPages(this.#database);
  }

  reading(isReading: boolean): void {
    this.#isReading = isReading;
  }

  put(doc: Stored<Document>): void {
    if (doc.type !== 'endpoint-events') return;
    this.#taken.add(doc._id);
    this.#flow.put(this.#summaryOf(doc), !this.#isReading);
  }

  remove(id: string): void {
    if (!this.#taken.delete(id)) return;
    this.#flow.remove(this.#keyOf(id));
    this.#noteFile(id);
  }

  ids(): Iterable<string> {
    return this.#taken;
  }

  size(): number {
    return this.#taken.size;
  }

  settle(): void {
    this.#flow.settle();
  }

  close(): void {
    this.#endFiles();
    this.#flow.close();
  }

  #noteFile(id: string): void {
    const key = this.#keyOf(id);
    const size_bytes = this.#files?.sizes.get(id);
    if (this.#taken.has(id)) {
      if (size_bytes !== undefined) this.#flow.resize(key, size_bytes);
      return;
    }
    if (size_bytes === undefined) this.#flow.remove(key);
    else {
      const nothing = { attempts: 0, error: null, since_ms: null };
      const file = { id: key, flow: this.#id, path: pathOf(id), size_bytes, state: 'UNTRIED' };
      this.#flow.put({ ...file, ...nothing }, false);
    }
  }

  #summaryOf(doc: Stored<Document>): FileSummary {
    const events = Array.isArray(doc.events) ? doc.events : [];
    const newest = fieldsOf(events.at(-1));
    return {
      id: this.#keyOf(doc._id),
      flow: this.#id,
      path: pathOf(doc._id),
      size_bytes: this.#files?.sizes.get(doc._id) ?? null,
      state: textOf(doc.status) ?? '',
      attempts: countOf(doc.attempts),
      error: textOf(newest.err_message),
      since_ms: timeOf(newest.start_time),
    };
  }

  #keyOf(id: string): string {
    return `${this.#database.name} ${id}`;
  }
}

function pathOf(id: string): string {
  return textOf(pathOfId(id) ?? id) ?? '';
}
