// Requests for another attempt that a person inserted into the event database, as one adds a row to
// the Python manager's table: `{status: "RERUN", files_id: PATH}`. Each becomes an event of its file, or
// is refused on the spot, with the reason.

import { canonicalPath } from '../../../core/dbb/canonical-path.ts';
import { type EndpointFile, fileId, pathOfId } from '../../../core/dbb/endpoint-file.ts';
import {
  finishedDocument,
  firstDocument,
  type IngestDocument,
  ingestEvent,
  isIngestDocument,
} from '../../../core/dbb/ingest-events.ts';
import type { Clock } from '../../../platform/clock/clock.ts';
import type { Database, Stored } from '../../../platform/couch/database.ts';
import type { Logger } from '../../../platform/log/logger.ts';
import { eventsOfStatus } from '../event-queries.ts';

export interface RerunRequestsOptions {
  events: Database;
  files: Database;
  clock: Clock;
  log: Logger;
  /** The storage area: absolute paths below it are understood. */
  storage: string;
}

/** A document of the event database that asks for an attempt, and is no file's own. */
export type RerunRequest = Stored<{ _id: string; status: 'RERUN'; files_id?: unknown }>;

const PAGE = 1000;
/** A file that is being tried is asked for again when that is over. */
const LATER_MS = 1000;

export function isRerunRequest(doc: unknown): doc is RerunRequest {
  const { _id, status } = doc as { _id?: unknown; status?: unknown };
  const isOwn = isIngestDocument(doc);
  return status === 'RERUN' && typeof _id === 'string' && !isOwn;
}

export class RerunRequests {
  readonly #options: RerunRequestsOptions;
  readonly #timers = new Set<() => void>();
  #offer: (document: Stored<IngestDocument>) => void = () => {};

  constructor(options: RerunRequestsOptions) {
    this.#options = options;
  }

  /** `offer` is given the documents of files that may be tried. */
  async takeAll(offer: (document: Stored<IngestDocument>) => void): Promise<void> {
    this.#offer = offer;
    let last = '';
    for (;;) {
      const page = await this.#options.events.find<RerunRequest>(
        eventsOfStatus('RERUN', last, PAGE),
      );
      for (const doc of page) if (isRerunRequest(doc)) await this.take(doc);
      if (page.length < PAGE) return;
      last = page.at(-1)?._id ?? last;
    }
  }

  async take(request: RerunRequest): Promise<void> {
    const { events, files, storage, clock } = this.#options;
    const path = pathIn(request, storage);
    if (path === undefined) {
      return this.#refuse(request, 'files_id must be the path of a file in the storage area');
    }
    const id = fileId(path);
    const [[file], [found]] = await Promise.all([
      files.getMany<EndpointFile>([id]),
      events.getMany<IngestDocument>([id]),
    ]);
    if (!file || !('doc' in file)) return this.#refuse(request, `not on record: ${path}`);
    const doc = found && 'doc' in found ? found.doc : undefined;
    const isOwn = request._id === id;
    const rev = doc?._rev;
    if (doc && !isOwn && doc.status === 'PENDING') return this.#later(request);
    const asked = ingestEvent('RERUN', clock.now(), { message: 'asked for by a document' });
    const wanted =
      doc && isIngestDocument(doc)
        ? finishedDocument(doc, asked)
        : {
            ...firstDocument(id, 'RERUN', clock.now()),
            ...(rev === undefined ? {} : { _rev: rev }),
          };
    const [result] = await events.bulk([wanted]);
    // Somebody else was quicker: the same is asked for again.
    if (!result?.ok) return this.#later(request);
    if (!isOwn) await this.#remove(request);
    this.#offer({ ...wanted, _rev: result.rev });
  }

  stop(): void {
    for (const cancel of this.#timers) cancel();
    this.#timers.clear();
  }

  async #remove({ _id, _rev }: RerunRequest): Promise<void> {
    await this.#options.events.bulk([{ _id, _rev, _deleted: true }]);
  }

  /** It stays, for the one who wrote it; `status` shows it. */
  async #refuse(request: RerunRequest, reason: string): Promise<void> {
    this.#options.log.warn(
      { id: request._id, reason },
      'a request for another attempt is refused',
    );
    await this.#options.events.bulk([{ ...request, status: 'REFUSED', reason }]);
  }

  #later(request: RerunRequest): void {
    const { clock, events, log } = this.#options;
    const cancel = clock.timer(LATER_MS, () => {
      this.#timers.delete(cancel);
      events
        .get<RerunRequest>(request._id)
        .then((doc) => (doc && isRerunRequest(doc) ? this.take(doc) : undefined))
        .catch((error) => log.warn({ reason: error.message }, 'a request could not be taken'));
    });
    this.#timers.add(cancel);
  }
}

/** `files_id` is a path, or the id of a file's record; so may be the document's own id. */
function pathIn({ _id, files_id }: RerunRequest, storage: string): string | undefined {
  if (files_id === undefined) return pathOfId(_id);
  if (typeof files_id !== 'string') return undefined;
  return canonicalPath(pathOfId(files_id) ?? files_id, storage);
}
