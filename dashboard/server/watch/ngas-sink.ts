// The files of the archive. Their documents hold whole files, so the feed brings ids alone, and
// size and time of new ones are looked up when somebody wants to see them.

import { archivedFile } from '../../../mockup/core/queries.ts';
import type {
  Change,
  Database,
  Document,
  Stored,
} from '../../../mockup/platform/couch/database.ts';
import type { LiveModel } from '../model/live-model.ts';
import { numberOf, timeOf } from '../summaries/reading.ts';
import { documentFields, onePerQuery } from './document-pages.ts';
import { RowSink } from './row-sink.ts';

export interface NgasRow {
  name: string;
  size_bytes: number | null;
  time_ms: number | null;
  /** False where only the name is known yet. */
  isRead: boolean;
}

const FIELDS = ['_id', '_rev', 'size_bytes', 'writeTimestamp'];
/** One look-up each: documents of the archive are large, and only a query leaves the file out. */
const AT_A_TIME = 8;

export class NgasSink extends RowSink<NgasRow> {
  readonly includeDocs = false;
  readonly #database: Database;
  readonly #unread = new Set<string>();
  #reading: Promise<void> = Promise.resolve();

  constructor(model: LiveModel, database: Database) {
    super(model, {
      table: 'ngas',
      database,
      read: () => documentFields(database, FIELDS),
      readSome: (ids) => onePerQuery(database, ids, archivedFile),
      row: (doc) => ({
        name: doc._id,
        size_bytes: numberOf(doc.size_bytes),
        time_ms: timeOf(doc.writeTimestamp),
        isRead: true,
      }),
    });
    this.#database = database;
  }

  override put(doc: Stored<Document>): void {
    this.#unread.delete(doc._id);
    super.put(doc);
  }

  change({ id, rev }: Change): void {
    const known = this.rows.get(id);
    const unknown = { name: id, size_bytes: null, time_ms: null, isRead: false };
    this.keep(id, known ?? unknown, rev.startsWith('1-'));
    this.#unread.add(id);
  }

  protected override forget(id: string): void {
    this.#unread.delete(id);
    super.forget(id);
  }

  /** Resolves when size and time of all files are known; many who ask at once read them once. */
  readDetails(): Promise<void> {
    this.#reading = this.#reading.catch(() => {}).then(() => this.#readUnread());
    return this.#reading;
  }

  async #readUnread(): Promise<void> {
    const ids = [...this.#unread];
    for (let at = 0; at < ids.length; at += AT_A_TIME) {
      await Promise.all(ids.slice(at, at + AT_A_TIME).map((id) => this.#look(id)));
    }
  }

  async #look(id: string): Promise<void> {
    const [doc] = await this.#database.find<Document>(archivedFile(id));
    if (doc && this.#unread.has(id)) this.put(doc);
  }
}
