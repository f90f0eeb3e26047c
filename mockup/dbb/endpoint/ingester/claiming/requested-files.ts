// Files that have a document and are to be tried: asked for again, given back, due for a further
// attempt, or of the status that this ingester was started for. Found by index at the start, and by
// the changes of the documents after that.

import { type IngestDocument, isIngestDocument } from '../../../../core/dbb/ingest-events.ts';
import { holderId, holderRange, type IngestHolder } from '../../../../core/dbb/ingest-holder.ts';
import { describeError } from '../../../../core/errors.ts';
import { parseTimestamp } from '../../../../core/timestamps.ts';
import type { Clock } from '../../../../platform/clock/clock.ts';
import type { Change, Database, Feed, Stored } from '../../../../platform/couch/database.ts';
import type { Logger } from '../../../../platform/log/logger.ts';
import { eventsToRetry } from '../../event-queries.ts';
import type { EventStore } from '../event-store.ts';
import type { IngesterSettings } from '../ingester-settings.ts';
import { isRerunRequest, type RerunRequest, type RerunRequests } from '../rerun-requests.ts';
import type { Candidates } from './candidates.ts';
import type { HolderWatch } from './holder-watch.ts';

export interface RequestedFilesOptions {
  settings: IngesterSettings;
  events: Database;
  store: EventStore;
  watch: HolderWatch;
  candidates: Candidates;
  requests: RerunRequests;
  clock: Clock;
  log: Logger;
  signal: AbortSignal;
}

const ROOM = 3000;
/** A file with which the plugin's process ends so often in a row is left to a person. */
const CRASHES_MAX = 3;

export class RequestedFiles {
  readonly #options: RequestedFilesOptions;
  readonly #statuses: readonly string[];
  /** In a run for one status each file is tried once: it may end with that status again. */
  readonly #tried = new Set<string>();
  readonly #timers = new Map<string, () => void>();
  #feed: Feed | undefined;

  constructor(options: RequestedFilesOptions) {
    this.#options = options;
    const { file_status, unknown } = options.settings;
    const always = unknown === 'retry' ? ['RERUN', 'UNTRIED', 'UNKNOWN'] : ['RERUN', 'UNTRIED'];
    this.#statuses = file_status === 'UNTRIED' ? always : [file_status];
  }

  /**
   * Resolves when all that waited at the start has been among the candidates, which must be taken
   * meanwhile: there may be more than they have room for.
   */
  async start(): Promise<void> {
    const { events, signal } = this.#options;
    const { updateSeq } = await events.info();
    if (signal.aborted) return;
    this.#feed = events.follow({
      since: updateSeq,
      includeDocs: true,
      selector: {
        $or: [
          { status: { $in: [...this.#statuses] } },
          { retry_on: { $exists: true } },
          { type: 'endpoint-holder' },
        ],
      },
      onChanges: (changes) => this.#onChanges(changes),
    });
    await this.#meetHolders();
    if (this.#statuses.includes('RERUN')) {
      await this.#options.requests.takeAll((document) => this.#add(document));
    }
    for (const status of this.#statuses) await this.#addAll(status as IngestDocument['status']);
    if (this.#retries) await this.#addRetries();
  }

  /** A document that was written by this process. */
  offer(document: Stored<IngestDocument>): void {
    this.#add(document);
  }

  async stop(): Promise<void> {
    for (const cancel of this.#timers.values()) cancel();
    this.#timers.clear();
    this.#options.requests.stop();
    await this.#feed?.stop();
  }

  get #retries(): boolean {
    return this.#options.settings.file_status === 'UNTRIED';
  }

  /** Processes that work, and claims of processes that may be dead. */
  async #meetHolders(): Promise<void> {
    const { events, store, watch } = this.#options;
    const holders = await events.allDocs<IngestHolder>(holderRange);
    for (const holder of holders) watch.note(holder);
    const dead = holders.filter((holder) => !holder.working && watch.isGone(holder));
    await events.bulk(dead.map(({ _id, _rev }) => ({ _id, _rev, _deleted: true as const })));
    const instances = new Set<string>();
    for await (const page of store.pages('PENDING')) {
      for (const { claim } of page) if (claim) instances.add(claim.instance);
    }
    const known = [...instances];
    const found = await events.getMany<IngestHolder>(known.map(holderId));
    for (const [index, instance] of known.entries()) {
      const lookup = found[index];
      watch.expect(instance, lookup && 'doc' in lookup ? lookup.doc : undefined);
    }
  }

  async #addAll(status: IngestDocument['status']): Promise<void> {
    const { store, candidates, signal } = this.#options;
    for await (const page of store.pages(status)) {
      for (const document of page) this.#add(document);
      while (candidates.count > ROOM && !signal.aborted) await candidates.changed();
      if (signal.aborted) return;
    }
  }

  async #addRetries(): Promise<void> {
    const { events } = this.#options;
    const found = await events.find<IngestDocument>(eventsToRetry());
    for (const document of found) if (isIngestDocument(document)) this.#add(document);
  }

  #onChanges(changes: Change[]): void {
    for (const { doc, deleted } of changes) {
      if (deleted || !doc) continue;
      if (isIngestDocument(doc)) this.#add(doc as Stored<IngestDocument>);
      else if (isRerunRequest(doc) && this.#statuses.includes('RERUN')) this.#request(doc);
      else if ((doc as { type?: unknown }).type === 'endpoint-holder') {
        this.#options.watch.note(doc as unknown as Stored<IngestHolder>);
      }
    }
  }

  #request(doc: RerunRequest): void {
    const { requests, log } = this.#options;
    requests.take(doc).catch((error) => {
      log.warn({ id: doc._id, reason: describeError(error) }, 'a request could not be taken');
    });
  }

  #add(document: Stored<IngestDocument>): void {
    const { candidates, settings } = this.#options;
    const { _id: id, status } = document;
    if (status === 'PENDING') return;
    if (document.retry_on !== undefined && !this.#statuses.includes(status)) {
      if (this.#retries) this.#addLater(document, parseTimestamp(document.retry_on));
      return;
    }
    if (!this.#statuses.includes(status)) return;
    if (status === 'UNKNOWN' && crashesAtEnd(document) >= CRASHES_MAX) return;
    if (settings.file_status !== 'UNTRIED' && settings.file_status !== 'RERUN') {
      if (this.#tried.has(id)) return;
      this.#tried.add(id);
    }
    candidates.add({ id, document });
  }

  #addLater(document: Stored<IngestDocument>, due_ms: number): void {
    const { candidates, clock, settings, signal } = this.#options;
    const { _id: id } = document;
    const delay_ms = due_ms - clock.now();
    this.#timers.get(id)?.();
    this.#timers.delete(id);
    if (!(delay_ms > 0)) {
      candidates.add({ id, document });
    } else if (settings.daemon && !signal.aborted) {
      const cancel = clock.timer(delay_ms, () => {
        this.#timers.delete(id);
        candidates.add({ id, document });
      });
      this.#timers.set(id, cancel);
    }
  }
}

/**
 * How many attempts in a row ended because the plugin's process did. That the ingester itself was
 * killed (then nobody knows how long it took) is no fault of the file.
 */
function crashesAtEnd({ events }: IngestDocument): number {
  let count = 0;
  for (const { status, duration } of events.toReversed()) {
    if (status === 'UNKNOWN') count += duration === null ? 0 : 1;
    else if (status !== 'PENDING') break;
  }
  return count;
}
