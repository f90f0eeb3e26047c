// Database `visits` of prompt processing: the newest visits of each camera, detector by detector,
// and the newest messages that were refused. Of a camera with 205 detectors a night has a million
// documents: what is older than the newest visits is not kept.

import type { Database, Document, Stored } from '../../../mockup/platform/couch/database.ts';
import { countDocuments } from '../../../mockup/platform/couch/documents/count-documents.ts';
import type { VisitSummary } from '../../protocol/summaries.ts';
import type { LiveModel } from '../model/live-model.ts';
import { summariseRefusal, summariseVisit, summariseWorkers } from '../summaries/visit-summary.ts';
import type { DocumentSink } from './database-watch.ts';
import { documentPages } from './document-pages.ts';
import { newestDocuments, readerOf } from './newest-documents.ts';

export const VISITS_DATABASE = 'visits';
export const GROUPS_KEPT = 12;
const INSTRUMENTS_KEPT = 8;
const DETECTORS_KEPT = 400;
export const REFUSALS_KEPT = 50;
const WORKERS_KEPT = 100;

interface Group {
  announced_ms: number;
  ids: Set<string>;
}

export class VisitSink implements DocumentSink {
  readonly #model: LiveModel;
  readonly #database: Database;
  /** Of each camera its visits. */
  readonly #instruments = new Map<string, Map<string, Group>>();
  readonly #visits = new Map<string, VisitSummary>();
  readonly #refusals = new Map<string, number>();
  readonly #workers = new Set<string>();

  constructor(model: LiveModel, database: Database) {
    this.#model = model;
    this.#database = database;
  }

  async *read(): AsyncGenerator<Stored<Document>[]> {
    const database = this.#database;
    const all = () => documentPages(database);
    const total = await countDocuments(database);
    yield* newestDocuments(database, total, all, readerOf(database));
  }

  put(doc: Stored<Document>): void {
    const visit = summariseVisit(doc);
    const known = this.#visits.get(doc._id);
    const isSamePlace = known?.instrument === visit?.instrument && known?.group === visit?.group;
    if (!isSamePlace) this.remove(doc._id);
    if (visit) this.#putVisit(visit);
    else if (!this.#putWorkers(doc)) this.#putRefusal(doc);
  }

  remove(id: string): void {
    if (this.#refusals.delete(id)) this.#model.remove('refusal', id);
    if (this.#workers.delete(id)) this.#model.remove('workers', id);
    const visit = this.#visits.get(id);
    if (!visit) return;
    this.#visits.delete(id);
    this.#model.remove('visit', id);
    const groups = this.#instruments.get(visit.instrument);
    const group = groups?.get(visit.group);
    group?.ids.delete(id);
    if (group?.ids.size === 0) groups?.delete(visit.group);
    if (groups?.size === 0) this.#instruments.delete(visit.instrument);
  }

  *ids(): Iterable<string> {
    yield* this.#visits.keys();
    yield* this.#refusals.keys();
    yield* this.#workers;
  }

  size(): number {
    return this.#visits.size + this.#refusals.size + this.#workers.size;
  }

  #putVisit(visit: VisitSummary): void {
    const group = this.#groupOf(visit);
    if (!group || (group.ids.size >= DETECTORS_KEPT && !group.ids.has(visit.id))) return;
    group.ids.add(visit.id);
    this.#visits.set(visit.id, visit);
    this.#model.put('visit', visit);
  }

  /** Undefined where it is older than all that are kept. */
  #groupOf({ instrument, group: name, announced_ms }: VisitSummary): Group | undefined {
    const groups = this.#instruments.get(instrument) ?? new Map<string, Group>();
    const known = groups.get(name);
    if (known) return known;
    if (groups.size === 0 && this.#instruments.size >= INSTRUMENTS_KEPT) return undefined;
    const group: Group = { announced_ms: announced_ms ?? 0, ids: new Set() };
    if (groups.size >= GROUPS_KEPT) {
      const oldest = [...groups.values()].reduce((one, other) =>
        other.announced_ms < one.announced_ms ? other : one,
      );
      if (oldest.announced_ms >= group.announced_ms) return undefined;
      for (const id of [...oldest.ids]) this.remove(id);
    }
    groups.set(name, group);
    this.#instruments.set(instrument, groups);
    return group;
  }

  #putWorkers(doc: object): boolean {
    const workers = summariseWorkers(doc);
    if (!workers) return false;
    if (this.#workers.size >= WORKERS_KEPT && !this.#workers.has(workers.id)) return true;
    this.#workers.add(workers.id);
    this.#model.put('workers', workers);
    return true;
  }

  #putRefusal(doc: object): void {
    const refusal = summariseRefusal(doc);
    if (!refusal) return;
    this.#refusals.set(refusal.id, refusal.time_ms ?? 0);
    this.#model.put('refusal', refusal);
    if (this.#refusals.size <= REFUSALS_KEPT) return;
    const [oldest] = [...this.#refusals].reduce((one, other) => (other[1] < one[1] ? other : one));
    this.remove(oldest);
  }
}
