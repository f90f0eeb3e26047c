// Reads and writes the documents of one ingester, many at a time. Every write is a compare-and-set:
// of several processes that want a file, one gets it.

import type { EndpointFile } from '../../../core/dbb/endpoint-file.ts';
import {
  claimedDocument,
  finishedDocument,
  firstDocument,
  type IngestDocument,
  type IngestEvent,
  type IngestStatus,
  ingestEvent,
  isIngestDocument,
  returnedDocument,
} from '../../../core/dbb/ingest-events.ts';
import { describeHolder, type IngestHolder } from '../../../core/dbb/ingest-holder.ts';
import { AppError } from '../../../core/errors.ts';
import type { Clock } from '../../../platform/clock/clock.ts';
import type { Database, Stored, WriteResult } from '../../../platform/couch/database.ts';
import { eventsOfStatus } from '../event-queries.ts';
import type { Candidate } from './claiming/candidates.ts';

/** A file in the hands of this process. */
export interface ClaimedFile {
  id: string;
  file: EndpointFile;
  document: Stored<IngestDocument>;
  /** What it was before. */
  before: IngestStatus;
}

export interface Outcome {
  claimed: ClaimedFile;
  event: IngestEvent;
  retry_on?: string | undefined;
}

export interface EventStoreOptions {
  events: Database;
  files: Database;
  clock: Clock;
  instance: string;
}

const PAGE = 1000;
/** Conflicts in a row after which a result is left to whoever writes so often. */
const LATE_ATTEMPTS = 10;
/** Before each further attempt for documents that the database did not take. */
const FAILED_DELAYS_MS = [100, 500];

export class EventStore {
  readonly #options: EventStoreOptions;

  constructor(options: EventStoreOptions) {
    this.#options = options;
  }

  /**
   * Those that this process has now, and those that the database could not write. All others are in
   * other hands, or were tried before.
   */
  async claim(
    candidates: readonly Candidate[],
  ): Promise<{ claimed: ClaimedFile[]; failed: Candidate[] }> {
    const { clock, instance } = this.#options;
    const complete = await this.#withFiles(candidates);
    const now_ms = clock.now();
    const docs = complete.map(({ id, document }) =>
      claimedDocument(id, document, instance, now_ms),
    );
    const results = await this.#write(docs);
    const failed = complete.filter((_, index) => isFailed(results[index]));
    const claimed = complete.flatMap(({ id, file, document }, index) => {
      const result = results[index];
      const doc = docs[index];
      if (!result?.ok || !doc) return [];
      const before = document?.status ?? 'UNTRIED';
      return [{ id, file, document: { ...doc, _rev: result.rev }, before }];
    });
    return { claimed, failed };
  }

  /**
   * First documents of files that are not tried: ignored, or there before. Returns those that could
   * not be written: to be tried again.
   */
  async enter(
    candidates: readonly Candidate[],
    status: IngestStatus,
    message?: string,
  ): Promise<Candidate[]> {
    const now_ms = this.#options.clock.now();
    const results = await this.#write(
      candidates.map(({ id }) => firstDocument(id, status, now_ms, message)),
    );
    // A document that is there already says more.
    return candidates.filter((_, index) => isFailed(results[index]));
  }

  /** Returns those that could not be written, for no fault of theirs: to be tried again. */
  async record(outcomes: readonly Outcome[]): Promise<Outcome[]> {
    const docs = outcomes.map(({ claimed, event, retry_on }) =>
      finishedDocument(claimed.document, event, retry_on),
    );
    const results = await this.#write(docs);
    const late = outcomes.filter((_, index) => isConflict(results[index]));
    if (late.length > 0) await this.#recordLate(late);
    return outcomes.filter((_, index) => isFailed(results[index]));
  }

  /** Those of these that are in other hands by now. */
  async lostOf(claimed: readonly ClaimedFile[]): Promise<ClaimedFile[]> {
    const { events, instance } = this.#options;
    // A majority's: one copy of a cluster may not know of a takeover yet.
    const found = await events.leaves<IngestDocument>(claimed.map(({ id }) => id));
    return claimed.filter((_, index) => {
      const current = found[index]?.find(({ deleted }) => !deleted)?.doc;
      return current?.claim?.instance !== instance;
    });
  }

  /** Files that were taken and not begun. Throws where one could not be written. */
  async giveBack(claimed: readonly ClaimedFile[]): Promise<void> {
    const now_ms = this.#options.clock.now();
    const results = await this.#write(
      claimed.map(({ document, before }) => returnedDocument(document, before, now_ms)),
    );
    requireWritten(results, 'could not be given back');
  }

  /**
   * What a dead holder had in flight ended without a result. Returns those documents. Throws where one
   * could not be written: the holder's document stays then, and it can be tried again.
   */
  async release(
    instance: string,
    holder: IngestHolder | undefined,
  ): Promise<Stored<IngestDocument>[]> {
    const { events, clock } = this.#options;
    const message = `${describeHolder(holder)} ended before there was a result`;
    const released: Stored<IngestDocument>[] = [];
    const all: WriteResult[] = [];
    for await (const page of this.pages('PENDING')) {
      const orphans = page.filter(({ claim }) => claim?.instance === instance);
      const docs = orphans.map((document) =>
        finishedDocument(document, ingestEvent('UNKNOWN', clock.now(), { message })),
      );
      for (const [index, result] of (await this.#write(docs)).entries()) {
        all.push(result);
        const doc = docs[index];
        if (doc && result.ok) released.push({ ...doc, _rev: result.rev });
      }
    }
    requireWritten(all, 'could not be taken over');
    if (holder?._rev) await events.bulk([{ _id: holder._id, _rev: holder._rev, _deleted: true }]);
    return released;
  }

  /** Documents of this status, in the order of their ids. */
  async *pages(status: IngestStatus): AsyncGenerator<Stored<IngestDocument>[]> {
    let last = '';
    for (;;) {
      const query = eventsOfStatus(status, last, PAGE);
      const page = await this.#options.events.find<IngestDocument>(query);
      if (page.length > 0) yield page.filter(isIngestDocument) as Stored<IngestDocument>[];
      if (page.length < PAGE) return;
      last = page.at(-1)?._id ?? last;
    }
  }

  /** The records of files that are known by their documents only. */
  async #withFiles(candidates: readonly Candidate[]) {
    const { files, clock } = this.#options;
    const missing = candidates.filter(({ file }) => !file);
    const lookups = await files.getMany<EndpointFile>(missing.map(({ id }) => id));
    const found = new Map(missing.map(({ id }, index) => [id, lookups[index]]));
    const lost: Candidate[] = [];
    const complete = candidates.flatMap((candidate) => {
      const lookup = found.get(candidate.id);
      const file = candidate.file ?? (lookup && 'doc' in lookup ? lookup.doc : undefined);
      if (!file) lost.push(candidate);
      return file ? [{ ...candidate, file }] : [];
    });
    const event = ingestEvent('INVALID', clock.now(), { message: 'the file is not on record' });
    await this.#write(
      lost.flatMap(({ document }) => (document ? [finishedDocument(document, event)] : [])),
    );
    return complete;
  }

  /**
   * On a cluster only what counts is `ok`. What fails for the database's own trouble is tried again
   * some times; what is refused in the end has its reason in the result.
   */
  async #write(docs: readonly IngestDocument[]): Promise<WriteResult[]> {
    const { events, clock } = this.#options;
    const results = await events.exclusive.writeMany(docs);
    for (const delay_ms of FAILED_DELAYS_MS) {
      const failed = [...results.keys()].filter((index) => isFailed(results[index]));
      if (failed.length === 0) break;
      await clock.sleep(delay_ms);
      const again = failed.map((index) => docs[index] as IngestDocument);
      for (const [at, result] of (await events.exclusive.writeMany(again)).entries()) {
        results[failed[at] as number] = result;
      }
    }
    return results;
  }

  /** Somebody wrote meanwhile: a person, or a process that took this one for dead. */
  async #recordLate(outcomes: readonly Outcome[], attempt = 1): Promise<void> {
    const { events } = this.#options;
    const found = await events.getMany<IngestDocument>(outcomes.map(({ claimed }) => claimed.id));
    const late = outcomes.flatMap((outcome, index) => {
      const lookup = found[index];
      if (!lookup || !('doc' in lookup) || !isIngestDocument(lookup.doc)) return [];
      const doc = this.#withLate(lookup.doc, outcome);
      return doc ? [{ doc, outcome }] : [];
    });
    const results = await this.#write(late.map(({ doc }) => doc));
    const again = late.filter((_, index) => isConflict(results[index]));
    if (again.length === 0 || attempt >= LATE_ATTEMPTS) return;
    await this.#recordLate(
      again.map(({ outcome }) => outcome),
      attempt + 1,
    );
  }

  /** The document as it is now with a result; undefined where that is no longer asked for. */
  #withLate(
    doc: Stored<IngestDocument>,
    { claimed, event, retry_on }: Outcome,
  ): IngestDocument | undefined {
    const { instance, clock } = this.#options;
    if (doc.attempts !== claimed.document.attempts) return undefined;
    if (doc.status === 'RERUN') {
      const finished = finishedDocument(doc, event);
      return finishedDocument(finished, ingestEvent('RERUN', clock.now()));
    }
    const isOurs = doc.claim?.instance === instance;
    const isOpen = doc.status === 'UNKNOWN';
    return isOurs || isOpen ? finishedDocument(doc, event, retry_on) : undefined;
  }
}

/** The server's own trouble with one document of many. */
function isFailed(result: WriteResult | undefined): boolean {
  return !result?.ok && !isConflict(result);
}

function requireWritten(results: readonly WriteResult[], what: string): void {
  const failed = results.filter(isFailed);
  const [first] = failed;
  if (!first || first.ok || !('reason' in first)) return;
  const reason = `${first.error}: ${first.reason}`;
  throw new AppError('not_written', `${failed.length} files ${what}: ${first.id}: ${reason}`);
}

function isConflict(result: WriteResult | undefined): boolean {
  return result?.ok === false && result.error === 'conflict';
}
