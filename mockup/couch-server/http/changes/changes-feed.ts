/**
 * A feed that stays open: first what the log holds, then each commit as it happens. A client that
 * reads slowly is served from the log at its own pace: nothing is queued for it.
 */
import { setImmediate } from 'node:timers/promises';
import { sequenceText } from '../../store/changes/sequence.ts';
import type { RowChange } from '../../store/documents/row.ts';
import type { SqliteDatabase } from '../../store/sqlite-database.ts';
import type { ServerContext } from '../context.ts';
import type { Exchange } from '../exchange.ts';
import { drained } from '../wire/stream.ts';
import { lineOf, nextPage, pendingOf } from './changes-pages.ts';
import type { FeedQuery } from './changes-query.ts';

const PAGE = 200;

export class ChangesStream {
  readonly #exchange: Exchange;
  readonly #context: ServerContext;
  readonly #database: SqliteDatabase;
  readonly #query: FeedQuery;
  readonly #releases: (() => void)[] = [];
  /** The number of the newest change that was sent or passed over. */
  #position: number;
  #left: number;
  #sent = 0;
  /** True while the feed has all of the log, and commits may be sent as they come. */
  #live = false;
  #ended = false;
  #timeout: NodeJS.Timeout | undefined;

  constructor(
    exchange: Exchange,
    context: ServerContext,
    database: SqliteDatabase,
    query: FeedQuery,
  ) {
    this.#exchange = exchange;
    this.#context = context;
    this.#database = database;
    this.#query = query;
    this.#position = query.since;
    this.#left = query.limit;
  }

  /** Throws CouchError 503 where too many feeds are open. */
  start(): void {
    const { res } = this.#exchange;
    // Its end has been told already, and would be told to nobody here.
    if (res.destroyed) return;
    const end = (): void => this.#finish();
    this.#releases.push(this.#context.feeds.add(end));
    this.#releases.push(this.#database.onChanges((changes) => this.#onCommit(changes)));
    this.#releases.push(this.#database.onClose(end));
    res.on('close', () => this.#release());
    const events = this.#query.kind === 'eventsource';
    const type = events ? 'text/event-stream' : 'application/json';
    res.writeHead(200, { 'Content-Type': type, 'Cache-Control': 'no-cache' });
    if (this.#query.kind === 'longpoll') res.write('{"results":[\n');
    else res.flushHeaders();
    this.#startTimers();
    this.#readLog().catch((error: unknown) => {
      this.#context.log('a changes feed failed', error);
      res.destroy();
    });
  }

  #startTimers(): void {
    const { heartbeatMs, timeoutMs } = this.#query;
    if (heartbeatMs !== undefined) {
      const nothing = this.#query.kind === 'eventsource' ? 'event: heartbeat\ndata: \n\n' : '\n';
      const beat = setInterval(() => {
        if (this.#live && !this.#exchange.res.writableNeedDrain) this.#exchange.res.write(nothing);
      }, heartbeatMs);
      this.#releases.push(() => clearInterval(beat));
    }
    if (timeoutMs !== undefined) {
      const timeout = setTimeout(() => this.#finish(), timeoutMs);
      this.#timeout = timeout;
      this.#releases.push(() => clearTimeout(timeout));
    }
  }

  /** Sends what the log has after the position, until there is no more. */
  async #readLog(): Promise<void> {
    if (this.#query.descending) return this.#readBackwards();
    while (!this.#ended) {
      const page = this.#database.log.after(this.#position, PAGE);
      if (page.length === 0) break;
      const flowing = this.#send(page);
      if (this.#ended) return;
      if (flowing) await setImmediate();
      else await drained(this.#exchange, this.#context.limits.stalledMs);
    }
    // Nothing can be committed between the empty page and here.
    this.#live = true;
    if (this.#query.kind === 'longpoll' && this.#sent > 0) this.#finish();
  }

  /** Newest first there is an end: nothing can come after it. */
  async #readBackwards(): Promise<void> {
    this.#position = this.#database.newest + 1;
    while (!this.#ended) {
      const page = nextPage(this.#database, this.#query, this.#position);
      if (page.length === 0) break;
      const flowing = this.#send(page);
      if (this.#query.docIds) break;
      if (flowing) await setImmediate();
      else await drained(this.#exchange, this.#context.limits.stalledMs);
    }
    this.#finish();
  }

  #onCommit(changes: readonly RowChange[]): void {
    if (!this.#live) return;
    let flowing: boolean;
    try {
      flowing = this.#send(changes);
    } catch {
      // A selector that fails leaves a gap behind it: the client has to come again.
      this.#exchange.res.destroy();
      return;
    }
    if (this.#ended) return;
    if (this.#query.kind === 'longpoll' && this.#sent > 0) {
      this.#finish();
      return;
    }
    if (flowing) return;
    this.#live = false;
    const { stalledMs } = this.#context.limits;
    drained(this.#exchange, stalledMs)
      .then(() => this.#readLog())
      .catch(() => this.#exchange.res.destroy());
  }

  /** Sends those that are wanted; false where the client is behind. */
  #send(changes: readonly RowChange[]): boolean {
    const { wants, kind } = this.#query;
    const line = (change: RowChange): string => lineOf(this.#query, change, this.#left);
    let text = '';
    let full = this.#left <= 0;
    for (const change of changes) {
      if (full) break;
      this.#position = change.row.seq;
      if (wants && !wants(change)) continue;
      if (kind === 'longpoll') text += `${this.#sent > 0 ? ',\n' : ''}${line(change)}`;
      else if (kind === 'continuous') text += `${line(change)}\n`;
      else text += `data: ${line(change)}\nid: ${JSON.stringify(change.seq)}\n\n`;
      this.#sent++;
      full = --this.#left <= 0;
    }
    if (text === '' && !full) return true;
    this.#timeout?.refresh();
    const flowing = text === '' || this.#exchange.res.write(text);
    if (full) this.#finish();
    return flowing;
  }

  #finish(): void {
    if (this.#ended) return;
    const { res } = this.#exchange;
    const last = sequenceText(this.#position, this.#database.incarnation);
    const pending = this.#database.closed
      ? 0
      : pendingOf(this.#database, this.#query, this.#position, this.#sent);
    this.#release();
    if (this.#query.kind === 'eventsource') res.end();
    else if (this.#query.kind === 'continuous') {
      res.end(`{"last_seq":"${last}","pending":${pending}}\n`);
    } else res.end(`\n],\n"last_seq":"${last}","pending":${pending}}\n`);
  }

  #release(): void {
    this.#ended = true;
    for (const release of this.#releases.splice(0).reverse()) release();
  }
}
