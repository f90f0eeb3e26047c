/** The update log: documents in the order of their newest change, read in pages from any place. */
import type { Connection } from '../connection.ts';
import { type DocumentRow, RowChange } from '../documents/row.ts';

const COLUMNS = 'seq, id, rev, deleted, atts, tree, body';
const AFTER = `SELECT ${COLUMNS} FROM docs WHERE seq > ? ORDER BY seq LIMIT ?`;
const BEFORE = `SELECT ${COLUMNS} FROM docs WHERE seq < ? ORDER BY seq DESC LIMIT ?`;
const COUNT = 'SELECT count(*) AS n FROM (SELECT 1 FROM docs WHERE seq > ? LIMIT ?)';
const OF_ID = `SELECT ${COLUMNS} FROM docs WHERE id = ?`;

/** Up to here changes are counted one by one; beyond, `pending` is an upper estimate. */
const COUNT_LIMIT = 2000;

/** Characters of bodies read in one page. */
const PAGE_SIZE = 4_000_000;

export class ChangeLog {
  readonly #connection: Connection;
  readonly #incarnation: string;

  constructor(connection: Connection, incarnation: string) {
    this.#connection = connection;
    this.#incarnation = incarnation;
  }

  after(seq: number, limit: number): RowChange[] {
    return this.#page(AFTER, seq, limit);
  }

  /** Newest first. */
  before(seq: number, limit: number): RowChange[] {
    return this.#page(BEFORE, seq, limit);
  }

  /** The newest changes of these documents after `seq`, in order. */
  ofIds(ids: readonly string[], seq: number): RowChange[] {
    const rows = ids.flatMap((id) => this.#connection.sql(OF_ID).all(id) as object[]);
    return this.#changes(rows)
      .filter((change) => change.row.seq > seq)
      .sort((a, b) => a.row.seq - b.row.seq);
  }

  /** How many documents changed after `seq`; exact for up to some thousands. */
  pending(seq: number, newest: number, documents: number): number {
    if (seq >= newest) return 0;
    const row = this.#connection.sql(COUNT).get(seq, COUNT_LIMIT);
    const counted = row?.n as number;
    return counted < COUNT_LIMIT ? counted : Math.min(documents, newest - seq);
  }

  /** At most `limit` rows, fewer where their bodies are big; none only at the end. */
  #page(sql: string, seq: number, limit: number): RowChange[] {
    const page: RowChange[] = [];
    let size = 0;
    for (const row of this.#connection.sql(sql).iterate(seq, limit)) {
      const change = new RowChange(row as unknown as DocumentRow, this.#incarnation);
      page.push(change);
      size += change.row.body.length;
      if (size > PAGE_SIZE) break;
    }
    return page;
  }

  #changes(rows: readonly object[]): RowChange[] {
    return rows.map((row) => new RowChange(row as DocumentRow, this.#incarnation));
  }
}
