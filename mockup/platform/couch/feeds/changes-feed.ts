// One continuous changes feed. It keeps its place, reconnects with growing delays, and takes a
// silence longer than a few heartbeats for a lost connection. (nano's own reader polls; and its
// streams end the process when a connection breaks.)

import {
  type Change,
  type Database,
  DatabaseUnavailableError,
  type Feed,
  type FollowOptions,
} from '../database.ts';
import type { CouchAddress } from '../reaching/couch-address.ts';
import { couchError } from '../reaching/couch-errors.ts';
import { type OutageRetry, outageDelay_ms } from '../reaching/outage-retry.ts';
import type { PulseFeed } from '../reaching/pulse.ts';
import { LineReader } from './line-reader.ts';

/** On a cluster, after the feed began: by then a copy that lagged has caught up. */
const DOUBTS_MS = [2_000, 15_000, 60_000] as const;

/** Of the one feed of a process that tells for all whether the server is alive (Pulse). */
const BEARER = { heartbeat_ms: 3_000, silence_ms: 8_000 };
const OTHERS = { heartbeat_ms: 20_000, silence_ms: 50_000 };

/** Not a failure: the feed bears the pulse from now on. */
const RECONNECT = new Error('reconnecting');

export interface ChangesFeedOptions extends FollowOptions {
  database: Database;
  /** On how many nodes each document lies. */
  copies(): Promise<number>;
  address: CouchAddress;
  outages: OutageRetry;
  /** Default: the system's. */
  fetch?: typeof fetch | undefined;
}

interface ChangeLine {
  id?: string;
  seq?: string | number;
  last_seq?: string | number;
  deleted?: boolean;
  changes?: { rev: string }[];
  doc?: Change['doc'];
}

export class ChangesFeed implements Feed, PulseFeed {
  readonly #options: ChangesFeedOptions;
  readonly #stopping = new AbortController();
  readonly #ended: Promise<void>;
  #since: string;
  #connection = new AbortController();

  constructor(options: ChangesFeedOptions) {
    this.#options = options;
    this.#since = options.since;
    this.#ended = this.#run();
  }

  async stop(): Promise<void> {
    this.#stopping.abort(new Error('the feed was stopped'));
    this.#options.outages.pulse.leave(this);
    await this.#ended;
  }

  lose(error: Error): void {
    this.#connection.abort(error);
  }

  reconnect(): void {
    this.#connection.abort(RECONNECT);
  }

  async #run(): Promise<void> {
    const { clock, random } = this.#options.outages.options;
    const { signal } = this.#stopping;
    const { pulse } = this.#options.outages;
    pulse.join(this);
    let failures = 0;
    while (!signal.aborted) {
      try {
        await this.#followOnce({
          connected: () => {
            if (failures > 0) this.#report(undefined);
          },
          // Not before: where what was read can't be taken, the waits grow too.
          taken: () => {
            failures = 0;
          },
        });
      } catch (error) {
        if (signal.aborted) return;
        if (error === RECONNECT) continue;
        pulse.pass(this);
        if (failures === 0) this.#report(error as Error);
        failures++;
      }
      // Also after a feed that the server ended: never again at once.
      await clock.sleep(outageDelay_ms(failures, random), signal).catch(() => {});
    }
  }

  #report(error: Error | undefined): void {
    this.#options.outages.report(error);
    this.#options.onState?.(error);
  }

  async #followOnce(on: { connected(): void; taken(): void }): Promise<void> {
    const { database, outages } = this.#options;
    const { clock } = outages.options;
    // `now` must become a place, or what happens before the first change would be lost.
    if (this.#since === 'now') this.#since = (await database.info()).updateSeq;
    const isBearer = outages.pulse.isBearer(this);
    const { heartbeat_ms, silence_ms } = isBearer ? BEARER : OTHERS;
    this.#connection = new AbortController();
    const connection = this.#connection;
    const silent = () => {
      const error = new DatabaseUnavailableError(
        'the database does not answer: its feed is silent',
      );
      connection.abort(error);
      if (isBearer) outages.pulse.fellSilent(error);
    };
    let cancel = () => {};
    const heard = () => {
      cancel();
      cancel = clock.timer(silence_ms, silent);
    };
    heard();
    let endDoubts = () => {};
    try {
      const signal = AbortSignal.any([this.#stopping.signal, connection.signal]);
      const response = await this.#request(signal, heartbeat_ms);
      on.connected();
      endDoubts = await this.#raiseDoubts();
      const reader = new LineReader();
      for await (const chunk of response.body as unknown as AsyncIterable<Uint8Array>) {
        // Who takes slowly says nothing about the server.
        cancel();
        await this.#take(reader.push(chunk));
        on.taken();
        heard();
      }
    } finally {
      cancel();
      endDoubts();
    }
  }

  /** On a cluster alone; after the last delay again and again, where there is open work. */
  async #raiseDoubts(): Promise<() => void> {
    const { onDoubt, isBusy, copies, outages } = this.#options;
    if (!onDoubt || (await copies()) === 1) return () => {};
    let cancel = () => {};
    const next = (index: number): void => {
      const delay_ms = DOUBTS_MS[index] ?? DOUBTS_MS[2];
      cancel = outages.options.clock.timer(delay_ms, () => {
        if (index < 2 || isBusy?.()) onDoubt();
        next(index + 1);
      });
    };
    next(0);
    return () => cancel();
  }

  async #request(signal: AbortSignal, heartbeat_ms: number): Promise<Response> {
    const { address, database, ids, selector, includeDocs, conflicts } = this.#options;
    const url = new URL(`${address.url}/${encodeURIComponent(database.name)}/_changes`);
    const { searchParams } = url;
    searchParams.set('feed', 'continuous');
    searchParams.set('since', this.#since);
    searchParams.set('heartbeat', String(heartbeat_ms));
    if (includeDocs) searchParams.set('include_docs', 'true');
    if (includeDocs && conflicts) searchParams.set('conflicts', 'true');
    if (selector) searchParams.set('filter', '_selector');
    else if (ids) searchParams.set('filter', '_doc_ids');
    const response = await (this.#options.fetch ?? fetch)(url, {
      method: 'POST',
      headers: { ...address.headers, 'Content-Type': 'application/json' },
      body: JSON.stringify({
        ...(selector ? { selector } : {}),
        ...(ids ? { doc_ids: ids } : {}),
      }),
      signal,
    });
    if (response.ok && response.body) return response;
    const answer = (await response.json().catch(() => ({}))) as object;
    const what = `the changes feed of ${database.name}`;
    throw couchError({ ...answer, statusCode: response.status }, what, address.url);
  }

  async #take(lines: string[]): Promise<void> {
    const changes: Change[] = [];
    for (const line of lines) {
      const change = JSON.parse(line) as ChangeLine;
      if (change.last_seq !== undefined) this.#since = String(change.last_seq);
      if (change.id === undefined || change.seq === undefined) continue;
      if (!change.id.startsWith('_design/')) changes.push(toChange(change));
      else if (changes.length === 0) this.#since = String(change.seq);
    }
    const last = changes.at(-1);
    if (!last || this.#stopping.signal.aborted) return;
    await this.#options.onChanges(changes);
    this.#since = last.seq;
  }
}

function toChange(line: ChangeLine): Change {
  const change: Change = {
    id: String(line.id),
    seq: String(line.seq),
    deleted: line.deleted ?? false,
    rev: line.changes?.[0]?.rev ?? '',
  };
  if (line.doc) change.doc = line.doc;
  return change;
}
