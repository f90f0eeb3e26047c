// The replications that the watched servers run, as their schedulers tell. There is no feed of
// that, so it is asked at intervals, and only while somebody looks.

import { describeError } from '../../../mockup/core/errors.ts';
import type { Clock } from '../../../mockup/platform/clock/clock.ts';
import {
  type CouchAddress,
  parseCouchUrl,
} from '../../../mockup/platform/couch/reaching/couch-address.ts';
import type { ReplicationSummary } from '../../protocol/summaries.ts';
import type { LiveModel } from '../model/live-model.ts';
import { fieldsOf, numberOf, textOf } from '../summaries/reading.ts';

export interface WatchedServer {
  /** Null where it is not known. */
  site: string | null;
  /** May carry user and password. */
  url: string;
}

interface Watched extends CouchAddress {
  site: string | null;
}

const INTERVAL_MS = 2_000;
const TIME_LIMIT_MS = 5_000;
const SHOWN_MAX = 1000;
/** What was known longer ago says nothing of since when changes wait. */
const MEMORY_MS = 150_000;
const PLANNED = /^draws-(.+)-from-([A-Z]+)-to-([A-Z]+)$/;

export class ReplicationPoll {
  readonly #model: LiveModel;
  readonly #clock: Clock;
  readonly #servers: Watched[];
  readonly #isWanted: () => boolean;
  #cancel: () => void = () => {};
  #asking: Promise<void> | undefined;
  #asked_ms = Number.NEGATIVE_INFINITY;
  #isStopped = false;
  /** Sites whose servers take a connection and do not answer. */
  readonly #silent = new Set<string>();

  /** `isWanted`: whether somebody looks. */
  constructor(
    model: LiveModel,
    clock: Clock,
    servers: readonly WatchedServer[],
    isWanted: () => boolean,
  ) {
    this.#model = model;
    this.#clock = clock;
    this.#servers = servers.map(({ site, url }) => ({ site, ...parseCouchUrl(url) }));
    this.#isWanted = isWanted;
  }

  /** Resolves when what is known is not older than the interval; goes on while it is wanted. */
  async refresh(): Promise<void> {
    if (this.#isStopped) return;
    if (this.#clock.monotonic() - this.#asked_ms >= INTERVAL_MS) {
      this.#asking ??= this.#askAll().finally(() => {
        this.#asking = undefined;
        this.#asked_ms = this.#clock.monotonic();
      });
    }
    await this.#asking;
    this.#schedule();
  }

  async stop(): Promise<void> {
    this.#isStopped = true;
    this.#cancel();
    await this.#asking;
  }

  #schedule(): void {
    this.#cancel();
    if (this.#isStopped || !this.#isWanted()) return;
    this.#cancel = this.#clock.timer(INTERVAL_MS, () => void this.refresh());
  }

  async #askAll(): Promise<void> {
    this.#silent.clear();
    const answers = await Promise.all(this.#servers.map((server) => this.#ask(server)));
    const found = answers
      .flat()
      .slice(0, SHOWN_MAX)
      .map((one) => this.#withSource(one));
    const ids = new Set(found.map(({ id }) => id));
    for (const summary of found) this.#model.put('replication', summary);
    for (const id of [...this.#model.all('replication').keys()]) {
      if (!ids.has(id)) this.#model.remove('replication', id);
    }
  }

  async #ask(server: Watched): Promise<ReplicationSummary[]> {
    const path = `${server.url}/_scheduler/docs/_replicator?limit=${SHOWN_MAX}`;
    try {
      const signal = AbortSignal.timeout(TIME_LIMIT_MS);
      const response = await fetch(path, { headers: server.headers, signal });
      const { docs, reason } = fieldsOf(await response.json());
      if (response.ok && Array.isArray(docs)) return docs.map((doc) => this.#read(server, doc));
      return this.#unreachable(server, `${response.status} ${textOf(reason) ?? ''}`.trim());
    } catch (error) {
      if ((error as Error).name === 'TimeoutError' && server.site) this.#silent.add(server.site);
      return this.#unreachable(server, withoutPasswords(describeError(error)));
    }
  }

  /** Whoever pulls from a server that is frozen learns it late, and says what it knew last. */
  #withSource(summary: ReplicationSummary): ReplicationSummary {
    if (summary.state !== 'running' || !this.#silent.has(summary.from)) return summary;
    const error = `${summary.from} does not answer`;
    return { ...summary, state: 'unreachable', pending: null, error };
  }

  /** What was known of a server that does not answer stays, with the reason. */
  #unreachable(server: Watched, error: string): ReplicationSummary[] {
    const known = [...this.#model.all('replication').values()];
    return known
      .filter(({ id }) => id.startsWith(`${server.url} `))
      .map((one) => ({ ...one, state: 'unreachable', pending: null, error }));
  }

  #read(server: Watched, value: unknown): ReplicationSummary {
    const doc = fieldsOf(value);
    const info = fieldsOf(doc.info);
    const docId = textOf(doc.doc_id) ?? '';
    const id = `${server.url} ${docId}`;
    const pending = numberOf(info.changes_pending);
    const isRecent = this.#clock.monotonic() - this.#asked_ms < MEMORY_MS;
    const before = isRecent ? this.#model.get('replication', id) : undefined;
    const [, database, from, to] = PLANNED.exec(docId) ?? [];
    return {
      id,
      database: database ?? lastSegment(doc.target),
      from: from ?? addressOf(doc.source),
      to: to ?? server.site ?? addressOf(doc.target),
      state: textOf(doc.state) ?? 'unknown',
      pending,
      behindSince_ms: pending ? (before?.behindSince_ms ?? this.#clock.now()) : null,
      docsWritten: numberOf(info.docs_written),
      error: info.error ? textOf(withoutPasswords(String(info.error))) : null,
    };
  }
}

function addressOf(value: unknown): string {
  return typeof value === 'string' ? (textOf(withoutPasswords(value)) ?? '') : 'unknown';
}

function lastSegment(value: unknown): string {
  return (textOf(value) ?? '').split('/').findLast(Boolean) ?? '';
}

/** Before a text is cut, or a password could lose the `@` by which it is known; up to the last one. */
function withoutPasswords(text: string): string {
  return text.replaceAll(/\/\/[^/\s]*@/g, '//');
}
