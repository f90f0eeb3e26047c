// The transfers of handoff managers: the latest of them, and what they tell of each manager's rate
// and last error.

import type { Database, Document, Stored } from '../../../mockup/platform/couch/database.ts';
import type { BatchSummary } from '../../protocol/summaries.ts';
import type { LiveModel } from '../model/live-model.ts';
import { countOf, numberOf, textOf, timeOf } from '../summaries/reading.ts';
import type { DocumentSink } from '../watch/database-watch.ts';
import { documentPages } from '../watch/document-pages.ts';
import { type HandoffFlows, handoffFlowId } from './handoff-flows.ts';

const SHOWN_MAX = 200;

export class BatchSink implements DocumentSink {
  readonly #model: LiveModel;
  readonly #database: Database;
  readonly #flows: HandoffFlows;
  /** Ids of those that are shown, and when they began. */
  readonly #shown = new Map<string, number>();
  /** When the transfer began whose rate a manager shows. */
  readonly #rateOf = new Map<string, number>();

  constructor(model: LiveModel, database: Database, flows: HandoffFlows) {
    this.#model = model;
    this.#database = database;
    this.#flows = flows;
  }

  read(): AsyncIterable<Stored<Document>[]> {
    return documentPages(this.#database);
  }

  put(doc: Stored<Document>): void {
    if (doc.type !== 'handoff-batch') return;
    const batch = summaryOf(doc);
    this.#tellFlow(textOf(doc.manager), batch);
    const start_ms = batch.start_ms ?? 0;
    if (!this.#shown.has(batch.id) && this.#shown.size >= SHOWN_MAX) {
      const oldest = this.#oldest();
      if (!oldest || start_ms <= oldest[1]) return;
      this.remove(oldest[0]);
    }
    this.#shown.set(batch.id, start_ms);
    this.#model.put('batch', batch);
  }

  remove(id: string): void {
    this.#shown.delete(id);
    this.#model.remove('batch', id);
  }

  ids(): Iterable<string> {
    return this.#shown.keys();
  }

  size(): number {
    return this.#shown.size;
  }

  settle(): void {
    this.#flows.settle();
  }

  #tellFlow(manager: string | null, batch: BatchSummary): void {
    const { flow: id, start_ms, rate_mbytes_per_sec, error } = batch;
    const flow = manager === null ? undefined : this.#flows.of(manager);
    if (!flow) return;
    if (error !== null) flow.noteError(error, start_ms);
    const at_ms = start_ms ?? 0;
    if (rate_mbytes_per_sec === null || at_ms < (this.#rateOf.get(id) ?? 0)) return;
    this.#rateOf.set(id, at_ms);
    flow.setRate(rate_mbytes_per_sec);
  }

  #oldest(): [string, number] | undefined {
    let oldest: [string, number] | undefined;
    for (const one of this.#shown) if (!oldest || one[1] < oldest[1]) oldest = one;
    return oldest;
  }
}

function summaryOf(doc: Stored<Document>): BatchSummary {
  return {
    id: doc._id,
    flow: handoffFlowId(textOf(doc.manager) ?? ''),
    files: Array.isArray(doc.files) ? doc.files.length : 0,
    size_bytes: countOf(doc.size_bytes),
    status: numberOf(doc.status) ?? -1,
    error: textOf(doc.err_msg),
    start_ms: timeOf(doc.pre_start_time) ?? timeOf(doc.trans_start_time),
    duration_s: numberOf(doc.trans_duration),
    rate_mbytes_per_sec: numberOf(doc.rate_mbytes_per_sec),
  };
}
