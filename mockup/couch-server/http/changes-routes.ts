/** `_changes`: the answer that ends by itself; the feeds that stay open are in changes-feed. */
import type { Change } from '../store/row.ts';
import { sequenceText } from '../store/sequence.ts';
import type { SqliteDatabase } from '../store/sqlite-database.ts';
import { ChangesFeed } from './changes-feed.ts';
import { type FeedQuery, parseFeedQuery } from './changes-query.ts';
import { type DatabaseHandler, methodNotAllowed } from './context.ts';
import { sendPieces } from './stream.ts';

const PAGE = 200;

export const changesRoute: DatabaseHandler = async (exchange, context, database) => {
  if (!exchange.isRead && exchange.method !== 'POST') methodNotAllowed(exchange, 'GET,POST,HEAD');
  const body = exchange.method === 'POST' ? await exchange.readJsonPost() : undefined;
  const lastEventId = exchange.header('last-event-id');
  const query = parseFeedQuery(exchange.query, body, database, lastEventId);
  if (query.kind === 'normal' || query.descending || exchange.method === 'HEAD') {
    await sendPieces(exchange, normalFeed(database, query));
    return;
  }
  new ChangesFeed(exchange, context, database, query).start();
};

function* normalFeed(database: SqliteDatabase, query: FeedQuery): Generator<string> {
  const { limit, descending, wants, line } = query;
  let sent = 0;
  let at = descending ? database.newest + 1 : query.since;
  let end = false;
  yield '{"results":[\n';
  while (sent < limit && !end) {
    const page = nextPage(database, query, at);
    end = page.length === 0 || query.docIds !== undefined;
    for (const change of page) {
      at = change.row.seq;
      if (wants && !wants(change)) continue;
      yield `${sent > 0 ? ',\n' : ''}${line(change)}`;
      if (++sent >= limit) break;
    }
  }
  const ended = sent < limit;
  if (ended && !descending) at = Math.max(at, database.newest);
  if (descending && sent === 0) at = database.newest;
  const pending = descending ? pendingBefore(database, at, ended) : database.pending(at);
  const last = sequenceText(at, database.incarnation);
  yield `\n],\n"last_seq":"${last}","pending":${pending}}`;
}

function nextPage(database: SqliteDatabase, query: FeedQuery, at: number): Change[] {
  const { log } = database;
  if (query.docIds) {
    const found = log.ofIds(query.docIds, query.descending ? 0 : at);
    return query.descending ? found.reverse() : found;
  }
  const size = query.wants ? PAGE : Math.min(PAGE, query.limit);
  return query.descending ? log.before(at, size) : log.after(at, size);
}

/** Changes older than `at`, where a descending feed stopped before its end. */
function pendingBefore(database: SqliteDatabase, at: number, ended: boolean): number {
  if (ended) return 0;
  return database.pending(0) - database.pending(at - 1);
}
