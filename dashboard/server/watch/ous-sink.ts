// The OUSs: their summaries for all clients, and the tracks of their states for charts, replay and
// metrics. Those on which somebody still has to work are all kept, of the Delivered ones the latest:
// the others are history, which is counted, and read when somebody asks for it.

import { latestDelivered, openStates, oussInStates } from '../../../mockup/core/queries.ts';
import {
  type Database,
  DatabaseRefusedError,
  type Document,
  type Stored,
} from '../../../mockup/platform/couch/database.ts';
import { countDocuments } from '../../../mockup/platform/couch/documents/count-documents.ts';
import { TimesInStates } from '../metrics/time-in-state.ts';
import type { LiveModel } from '../model/live-model.ts';
import { summariseOus } from '../summaries/ous-summary.ts';
import type { DocumentSink } from './database-watch.ts';
import { documentPages } from './document-pages.ts';
import { KEPT_MAX } from './newest-documents.ts';

/** Of a large database. */
const DELIVERED_READ = 1_000;
const AFTER_ALL_TIMES = '9999';

export class OusSink implements DocumentSink {
  /** By document id, see OusReading. */
  readonly tracks = new Map<string, readonly number[]>();
  readonly times = new TimesInStates();
  readonly #model: LiveModel;
  readonly #database: Database;
  /** Of those that are kept, the latest last. */
  readonly #delivered = new Set<string>();
  #older = 0;
  #total = 0;

  constructor(model: LiveModel, database: Database) {
    this.#model = model;
    this.#database = database;
  }

  async *read(): AsyncGenerator<Stored<Document>[]> {
    this.#total = await countDocuments(this.#database);
    if (this.#total <= KEPT_MAX) {
      yield* documentPages(this.#database);
      return;
    }
    yield (await readDelivered(this.#database, AFTER_ALL_TIMES, DELIVERED_READ)).reverse();
    for (const query of oussInStates(...openStates)) {
      yield await this.#database.find<Document>(query);
    }
  }

  reading(isReading: boolean): void {
    if (!isReading && this.#total > KEPT_MAX) this.#older = this.#total - this.tracks.size;
  }

  put(doc: Stored<Document>): void {
    const reading = summariseOus(doc);
    if (!reading) {
      this.remove(doc._id);
      return;
    }
    const { summary, steps } = reading;
    const before = this.tracks.get(doc._id);
    if (!before && !doc._rev.startsWith('1-')) this.#older = Math.max(0, this.#older - 1);
    this.times.add(steps, before);
    this.tracks.set(doc._id, steps);
    this.#model.put('ous', summary);
    this.#delivered.delete(doc._id);
    if (summary.state === 'Delivered') this.#keep(doc._id);
  }

  #keep(id: string): void {
    this.#delivered.add(id);
    const [oldest] = this.#delivered;
    if (this.#delivered.size <= KEPT_MAX || oldest === undefined) return;
    this.#forget(oldest);
    this.#older += 1;
  }

  #forget(id: string): void {
    this.tracks.delete(id);
    this.#delivered.delete(id);
    this.#model.remove('ous', id);
  }

  remove(id: string): void {
    if (!this.tracks.has(id)) this.#older = Math.max(0, this.#older - 1);
    this.#forget(id);
  }

  ids(): Iterable<string> {
    return this.tracks.keys();
  }

  /** With the Delivered ones that are not kept. */
  size(): number {
    return this.tracks.size + this.#older;
  }

  /** Delivered OUSs that are not kept. */
  get older(): number {
    return this.#older;
  }
}

/** The latest first, delivered before a time. */
export async function readDelivered(
  database: Database,
  before: string,
  limit: number,
): Promise<Stored<Document>[]> {
  const query = latestDelivered(before, limit);
  try {
    return await database.find<Document>(query);
  } catch (error) {
    // Without the index nothing sorts: databases that the Python actors made have none.
    if (!(error instanceof DatabaseRefusedError) || error.status !== 400) throw error;
    const { selector, limit: most = limit } = query;
    return database.find<Document>(unsorted(selector, most));
  }
}

function unsorted(selector: Record<string, unknown>, limit: number) {
  return { selector, limit };
}
