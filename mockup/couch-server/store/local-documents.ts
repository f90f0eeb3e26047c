/** `_local` documents: never replicated, no history, no conflicts; revisions are `0-N`. */
import type { Connection } from './connection.ts';
import type { CouchDocument, JsonObject } from './database.ts';
import { bodyText, checkAnyId } from './document.ts';

export interface LocalRow {
  readonly id: string;
  readonly n: number;
  readonly body: string;
}

const PUT = 'INSERT OR REPLACE INTO local (id, n, body) VALUES (?, ?, ?)';

/**
 * The document as it is to be stored. The given revision counts on; whether it is the stored one is
 * no matter. Throws CouchError 400 or 413.
 */
export function localRow(id: string, document: JsonObject, maxDocumentSize: number): LocalRow {
  const { _id, _rev, _revisions, ...body } = document;
  const given = typeof _rev === 'string' ? /^0-(\d{1,15})$/.exec(_rev) : null;
  const n = given ? Number(given[1]) + 1 : 1;
  return { id: checkAnyId(id), n, body: bodyText(id, body, maxDocumentSize) };
}

export class LocalDocuments {
  readonly #connection: Connection;

  constructor(connection: Connection) {
    this.#connection = connection;
  }

  get(id: string): CouchDocument | undefined {
    const sql = 'SELECT id, n, body FROM local WHERE id = ?';
    const row = this.#connection.sql(sql).get(id) as LocalRow | undefined;
    if (!row) return undefined;
    return { _id: id, _rev: `0-${row.n}`, ...(JSON.parse(row.body) as JsonObject) };
  }

  /** Inside a transaction. */
  put({ id, n, body }: LocalRow): string {
    this.#connection.sql(PUT).run(id, n, body);
    return `0-${n}`;
  }

  /** Inside a transaction. */
  delete(id: string): boolean {
    return this.#connection.sql('DELETE FROM local WHERE id = ?').run(id).changes > 0;
  }

  /** Ids and revisions in order of id. */
  list(): { id: string; rev: string }[] {
    const rows = this.#connection.sql('SELECT id, n FROM local ORDER BY id').all();
    return rows.map((row) => ({ id: row.id as string, rev: `0-${row.n}` }));
  }
}
