/** `_changes`: the answer that ends by itself; the feeds that stay open are in changes-feed. */
import { sequenceText } from '../../store/changes/sequence.ts';
import type { SqliteDatabase } from '../../store/sqlite-database.ts';
import { type DatabaseHandler, methodNotAllowed } from '../context.ts';
import { sendPieces } from '../wire/stream.ts';
import { ChangesStream } from './changes-feed.ts';
import { lineOf, nextPage, pendingOf } from './changes-pages.ts';
import { type FeedQuery, parseFeedQuery } from './changes-query.ts';

export const changesRoute: DatabaseHandler = async (exchange, context, database) => {
  if (!exchange.isRead && exchange.method !== 'POST') methodNotAllowed(exchange, 'GET,POST,HEAD');
  const body = exchange.method === 'POST' ? await exchange.readJsonPost() : undefined;
  const lastEventId = exchange.header('last-event-id');
  const query = parseFeedQuery(exchange.query, body, database, lastEventId);
  const isShort = query.kind === 'normal' || exchange.method === 'HEAD';
  // Newest first there is nothing to wait for.
  if (isShort || (query.kind === 'longpoll' && query.descending)) {
    await sendPieces(exchange, normalFeed(database, query), query.heartbeatMs);
    return;
  }
  new ChangesStream(exchange, context, database, query).start();
};

function* normalFeed(database: SqliteDatabase, query: FeedQuery): Generator<string> {
  const { limit, descending, wants } = query;
  let sent = 0;
  let at = descending ? database.newest + 1 : query.since;
  let end = false;
  yield '{"results":[\n';
  while (sent < limit && !end) {
    const page = nextPage(database, query, at);
    end = page.length === 0 || query.docIds !== undefined;
    // Others are served between pages of which nothing is wanted.
    yield '';
    for (const change of page) {
      at = change.row.seq;
      if (wants && !wants(change)) continue;
      yield `${sent > 0 ? ',\n' : ''}${lineOf(query, change, limit - sent)}`;
      if (++sent >= limit) break;
    }
  }
  const ended = sent < limit;
  if (ended && !descending) at = Math.max(at, database.newest);
  if (descending && sent === 0) at = database.newest;
  const pending = pendingOf(database, query, at, sent);
  const last = sequenceText(at, database.incarnation);
  yield `\n],\n"last_seq":"${last}","pending":${pending}}`;
}
