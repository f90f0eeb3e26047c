// The files of handoff managers, one flow per manager, from the records of mockup/dbb/handoff.

import type { Database, Document, Stored } from '../../../mockup/platform/couch/database.ts';
import type { FileSummary } from '../../protocol/summaries.ts';
import { countOf, fieldsOf, numberOf, textOf, timeOf } from '../summaries/reading.ts';
import type { DocumentSink } from '../watch/database-watch.ts';
import { documentPages } from '../watch/document-pages.ts';
import type { FileFlow } from './file-flow.ts';
import { type HandoffFlows, handoffFlowId } from './handoff-flows.ts';

export class HandoffSink implements DocumentSink {
  readonly #database: Database;
  readonly #flows: HandoffFlows;
  /** Ids of records, and the flow of each. */
  readonly #flowOf = new Map<string, FileFlow>();
  #isReading = false;

  constructor(database: Database, flows: HandoffFlows) {
    this.#database = database;
    this.#flows = flows;
  }

  read(): AsyncIterable<Stored<Document>[]> {
    return documentPages(this.#database);
  }

  reading(isReading: boolean): void {
    this.#isReading = isReading;
  }

  put(doc: Stored<Document>): void {
    const manager = textOf(doc.manager);
    if (doc.type !== 'handoff-file' || !manager) {
      this.remove(doc._id);
      return;
    }
    const flow = this.#flows.of(manager);
    if (!flow) return;
    const id = handoffFlowId(manager);
    this.#flowOf.set(doc._id, flow);
    flow.put(summaryOf(doc, id, `${this.#database.name} ${doc._id}`), !this.#isReading);
  }

  remove(id: string): void {
    this.#flowOf.get(id)?.remove(`${this.#database.name} ${id}`);
    this.#flowOf.delete(id);
  }

  ids(): Iterable<string> {
    return this.#flowOf.keys();
  }

  size(): number {
    return this.#flowOf.size;
  }

  settle(): void {
    this.#flows.settle();
  }
}

function summaryOf(doc: Stored<Document>, flow: string, id: string): FileSummary {
  const history = Array.isArray(doc.history) ? doc.history : [];
  const relpath = textOf(doc.relpath) ?? '';
  const filename = textOf(doc.filename) ?? '';
  return {
    id,
    flow,
    path: relpath === '' ? filename : `${relpath}/${filename}`,
    size_bytes: numberOf(doc.size_bytes),
    state: textOf(doc.state) ?? '',
    attempts: countOf(doc.attempts),
    error: textOf(doc.reason),
    since_ms: timeOf(fieldsOf(history.at(-1)).timestamp),
  };
}
