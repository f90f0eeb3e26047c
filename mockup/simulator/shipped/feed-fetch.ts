// What the live changes feed asks of a server: one continuous answer, line by line, with heartbeats.

import type { SqliteDatabase } from '../../couch-server/store/sqlite-database.ts';
import type { Clock } from '../../platform/clock/clock.ts';
import type { PortGate } from '../fault/port-gate.ts';
import { connectionRefused, type ShippedServer } from './shipped-server.ts';

/** Changes in one piece at most. */
const BATCH = 100;

export interface FeedFetchOptions {
  server: ShippedServer;
  gate: PortGate;
  clock: Clock;
}

interface FeedRequest {
  database: string;
  since: string;
  heartbeat_ms: number;
  includeDocs: boolean;
  conflicts: boolean;
  selector?: Record<string, unknown>;
  docIds?: string[];
  signal: AbortSignal;
}

export function createFeedFetch(options: FeedFetchOptions): typeof fetch {
  const { gate, server } = options;
  const answer = async (url: unknown, init: RequestInit = {}): Promise<Response> => {
    await gate.travel();
    if (!server.isUp) throw connectionRefused();
    const request = requestOf(new URL(String(url)), init);
    return { ok: true, body: pieces(options, request) } as unknown as Response;
  };
  return answer as typeof fetch;
}

function requestOf({ pathname, searchParams }: URL, init: RequestInit): FeedRequest {
  const { selector, doc_ids: docIds } = JSON.parse(String(init.body)) as {
    selector?: Record<string, unknown>;
    doc_ids?: string[];
  };
  return {
    database: decodeURIComponent(pathname.split('/')[1] ?? ''),
    since: searchParams.get('since') ?? '0',
    heartbeat_ms: Number(searchParams.get('heartbeat')),
    includeDocs: searchParams.has('include_docs'),
    conflicts: searchParams.has('conflicts'),
    ...(selector && { selector }),
    ...(docIds && { docIds }),
    signal: init.signal as AbortSignal,
  };
}

async function* pieces(
  { server, gate, clock }: FeedFetchOptions,
  request: FeedRequest,
): AsyncGenerator<Uint8Array> {
  const { heartbeat_ms, signal } = request;
  const database = server.database(request.database);
  const bell = new Bell(database, clock, [signal, server.ended, gate.ended]);
  let place = request.since;
  try {
    for (;;) {
      bell.reset();
      const page = pageAfter(database, request, place);
      place = page.lastSeq;
      if (page.results.length > 0) {
        await gate.travel();
        if (gate.isFrozen) await gate.whileFrozen();
        signal.throwIfAborted();
        yield Buffer.from(page.results.map((row) => `${JSON.stringify(row)}\n`).join(''));
      } else if (!(await bell.rings(heartbeat_ms))) {
        if (gate.isFrozen) await gate.whileFrozen();
        yield Buffer.from('\n');
      }
    }
  } finally {
    bell.close();
  }
}

function pageAfter(database: SqliteDatabase, request: FeedRequest, since: string) {
  const { includeDocs, conflicts, selector, docIds } = request;
  return database.changes({
    ...{ since, limit: BATCH, includeDocs, conflicts },
    ...(selector && { selector }),
    ...(docIds && { docIds }),
  });
}

/** Rings at each commit of a database, and fails when one of the signals ends the feed. */
class Bell {
  readonly #clock: Clock;
  readonly #signals: readonly AbortSignal[];
  readonly #release: () => void;
  #hasRung = false;
  #wake: () => void = () => {};

  constructor(database: SqliteDatabase, clock: Clock, signals: readonly AbortSignal[]) {
    this.#clock = clock;
    this.#signals = signals;
    const ring = (): void => {
      this.#hasRung = true;
      this.#wake();
    };
    const release = database.onUpdate(ring);
    for (const signal of signals) signal.addEventListener('abort', ring);
    this.#release = () => {
      release();
      for (const signal of signals) signal.removeEventListener('abort', ring);
    };
  }

  /** To be called before the changes are read, so that none is missed between. */
  reset(): void {
    this.#hasRung = false;
  }

  /** True at a change, false after `limit_ms`; rejects with the reason of a signal. */
  async rings(limit_ms: number): Promise<boolean> {
    if (!this.#hasRung && !this.#ended) {
      await new Promise<void>((resolve) => {
        const cancel = this.#clock.timer(limit_ms, resolve);
        this.#wake = () => {
          cancel();
          resolve();
        };
      });
    }
    const ended = this.#ended;
    if (ended) throw ended.reason;
    return this.#hasRung;
  }

  close(): void {
    this.#release();
  }

  get #ended(): AbortSignal | undefined {
    return this.#signals.find(({ aborted }) => aborted);
  }
}
