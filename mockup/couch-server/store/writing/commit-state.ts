/**
 * What a database keeps in memory about its rows: the newest sequence and the counts. A transaction
 * runs ahead; readers see what the last commit left.
 */
import type { Connection } from '../connection.ts';
import { RowChange } from '../documents/row.ts';
import type { Written } from './writer.ts';

interface Counts {
  seq: number;
  living: number;
  deleted: number;
  /** Superseded bodies, about. */
  stale: number;
}

export class CommitState {
  readonly #incarnation: string;
  readonly #committed: Counts;
  readonly #counts: Counts;
  #changes: RowChange[] = [];

  constructor(connection: Connection, incarnation: string) {
    this.#incarnation = incarnation;
    this.#counts = readCounts(connection);
    this.#committed = { ...this.#counts };
  }

  get committed(): Readonly<Counts> {
    return this.#committed;
  }

  /** The sequence of the transaction, which may be ahead. */
  get seq(): number {
    return this.#counts.seq;
  }

  nextSeq(): number {
    return ++this.#counts.seq;
  }

  written({ row, value, before }: Written): void {
    const counts = this.#counts;
    if (before) {
      counts.stale++;
      if (before.deleted) counts.deleted--;
      else counts.living--;
    }
    if (row.deleted) counts.deleted++;
    else counts.living++;
    this.#changes.push(new RowChange(row, this.#incarnation, value));
  }

  purged(living: number, deleted: number): void {
    this.#counts.living += living;
    this.#counts.deleted += deleted;
  }

  compacted(): void {
    this.#counts.stale = 0;
  }

  /** Returns the changes of the transaction, in their order. */
  commit(): RowChange[] {
    Object.assign(this.#committed, this.#counts);
    const changes = this.#changes;
    if (changes.length > 0) this.#changes = [];
    return changes;
  }

  rollBack(): void {
    this.#changes = [];
    Object.assign(this.#counts, this.#committed);
  }
}

function readCounts(connection: Connection): Counts {
  const count = (sql: string): number => connection.sql(sql).get()?.n as number;
  // Purging the newest document must not give its number out again.
  const purged = Number(connection.meta('seq_at_purge') ?? 0);
  return {
    seq: Math.max(count('SELECT ifnull(max(seq), 0) AS n FROM docs'), purged),
    living: count('SELECT count(*) AS n FROM docs INDEXED BY docs_by_id WHERE deleted = 0'),
    deleted: count('SELECT count(*) AS n FROM docs INDEXED BY docs_by_id WHERE deleted = 1'),
    stale: count('SELECT count(*) AS n FROM revs'),
  };
}
