/** `_local` documents: never replicated, no history, no conflicts; revisions are `0-N`. */
import { badRequest, CouchError } from '../couch-error.ts';
import type { JsonObject } from '../json-object.ts';
import type { Connection } from './connection.ts';
import type { CouchDocument } from './database.ts';
import { bodyText, checkAnyId, takeApart } from './documents/document.ts';
import { parseRevision } from './documents/rev-tree.ts';

export interface LocalRow {
  readonly id: string;
  readonly n: number;
  readonly body: string;
}

/** What is to become of one: stored, or gone. */
export interface LocalEdit extends LocalRow {
  readonly deleted: boolean;
}

export interface LocalRange {
  readonly low: string;
  readonly lowInclusive: boolean;
  readonly high: string;
  readonly highInclusive: boolean;
  readonly descending: boolean;
  /** The id that was read last; undefined for the first page. */
  readonly place: string | undefined;
  readonly limit: number;
  readonly skip: number;
}

export const LOCAL = '_local/';
const PUT = 'INSERT OR REPLACE INTO local (id, n, body) VALUES (?, ?, ?)';

/**
 * The given revision counts on; whether it is the stored one is no matter. Attachments are dropped.
 * Throws CouchError 400 or 413.
 */
export function parseLocal(
  id: string,
  document: unknown,
  maxDocumentSize: number,
  givenRev?: string,
): LocalEdit {
  if (typeof document !== 'object' || document === null || Array.isArray(document)) {
    throw badRequest('Document must be a JSON object');
  }
  const { value } = takeApart(document as JsonObject);
  const { _rev, _deleted, _revisions } = document as JsonObject;
  if (givenRev !== undefined && (_revisions !== undefined || (_rev ?? givenRev) !== givenRev)) {
    throw badRequest('Document rev from request body and query string have different values');
  }
  // A history is taken for the revision, and belongs to another kind of document.
  if (_revisions !== undefined) refuseHistory(_revisions);
  const body = bodyText(id, value, maxDocumentSize);
  const deleted = _deleted === true;
  return { id: checkAnyId(id), n: deleted ? 0 : numberOf(_rev ?? givenRev) + 1, body, deleted };
}

function refuseHistory(revisions: unknown): void {
  const { start, ids } = revisions as { readonly start: number; readonly ids: readonly string[] };
  if (start > 0 && ids.length > 0) throw notLocal();
}

// A revision, but none that such a document can have: CouchDB's own status and word.
const notLocal = (): CouchError => new CouchError(500, 'error', 'Invalid rev format');

function numberOf(rev: unknown): number {
  if (rev === undefined) return 0;
  const { generation, hash } = parseRevision(rev);
  if (generation !== 0 || !/^\d{1,15}$/.test(hash)) throw notLocal();
  return Number(hash);
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

  /** Returns the revision; `0-0` for one that is gone. Inside a transaction. */
  put({ id, n, body, deleted }: LocalEdit): string {
    if (deleted) this.delete(id);
    else this.#connection.sql(PUT).run(id, n, body);
    return `0-${n}`;
  }

  /** Inside a transaction. */
  delete(id: string): boolean {
    return this.#connection.sql('DELETE FROM local WHERE id = ?').run(id).changes > 0;
  }

  revision(id: string): string | undefined {
    const row = this.#connection.sql('SELECT n FROM local WHERE id = ?').get(id);
    return row && `0-${row.n}`;
  }

  /** Ids and revisions in order of id, at most `limit` after `place`. */
  list(range: LocalRange): { id: string; rev: string }[] {
    const { low, lowInclusive, high, highInclusive, descending, place, limit, skip } = range;
    const [above, below] = [lowInclusive ? '>=' : '>', highInclusive ? '<=' : '<'];
    const [order, after] = descending ? ['DESC', '<'] : ['ASC', '>'];
    const beyond = place === undefined ? '' : `AND id ${after} ?`;
    const sql = `SELECT id, n FROM local WHERE id ${above} ? AND id ${below} ? ${beyond}
      ORDER BY id ${order} LIMIT ? OFFSET ?`;
    const values = [low, high, ...(place === undefined ? [] : [place]), limit, skip];
    const rows = this.#connection.sql(sql).all(...values);
    return rows.map((row) => ({ id: row.id as string, rev: `0-${row.n}` }));
  }
}
