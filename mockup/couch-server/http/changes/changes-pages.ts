/** What all kinds of `_changes` share: the pages of the log, a change's line, and what is left. */
import type { RowChange } from '../../store/documents/row.ts';
import type { SqliteDatabase } from '../../store/sqlite-database.ts';
import type { FeedQuery } from './changes-query.ts';

const PAGE = 200;

export function nextPage(database: SqliteDatabase, query: FeedQuery, at: number): RowChange[] {
  const { log } = database;
  if (query.docIds) {
    const found = log.ofIds(query.docIds, query.descending ? 0 : at);
    return query.descending ? found.reverse() : found;
  }
  const size = query.wants ? PAGE : Math.min(PAGE, query.limit);
  return query.descending ? log.before(at, size) : log.after(at, size);
}

/** The line of a change of which `left` more may be sent, itself included. */
export function lineOf({ line, seqInterval }: FeedQuery, change: RowChange, left: number): string {
  const text = line(change);
  if (seqInterval === undefined || left % seqInterval === 0) return text;
  return text.replace(/^{"seq":"[^"]*"/, '{"seq":null');
}

/** How many changes there are beyond those sent. */
export function pendingOf(
  database: SqliteDatabase,
  query: FeedQuery,
  at: number,
  sent: number,
): number {
  if (query.countsPassedOver) {
    return Math.max(0, database.pending(query.descending ? 0 : query.since) - sent);
  }
  if (!query.descending) return database.pending(at);
  return sent < query.limit ? 0 : database.pending(0) - database.pending(at - 1);
}
