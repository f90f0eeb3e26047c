// The changes of a database page by page, for a reader that takes the next page when it has dealt
// with the one before, and keeps its place itself. A page can be waited for.

import type { Change, Document, Stored } from '../database.ts';
import { parseCouchUrl } from '../reaching/couch-address.ts';
import { couchError } from '../reaching/couch-errors.ts';
import { OutageRetry, type OutageRetryOptions } from '../reaching/outage-retry.ts';

export interface ChangesPage {
  changes: Change[];
  /** Where the next page begins. */
  lastSeq: string;
}

interface PageRequest {
  /** `0` or a place. */
  since: string;
  limit: number;
  /** Waits (a minute at most) where there is nothing yet. */
  wait: boolean;
  /** Ends the waiting; then it rejects with the signal's reason. */
  signal: AbortSignal;
}

export interface ChangesPages {
  /** With documents. While the server is away it waits for it. */
  next(request: PageRequest): Promise<ChangesPage>;
}

export interface ChangesPagesOptions extends Omit<OutageRetryOptions, 'address'> {
  couchUrl: string;
  database: string;
}

const WAIT_MS = 50_000;
const SILENCE_MS = 80_000;

interface Answer {
  results: {
    id: string;
    seq: string | number;
    deleted?: boolean;
    changes: { rev: string }[];
    doc?: Stored<Document>;
  }[];
  last_seq: string | number;
}

export function createChangesPages(options: ChangesPagesOptions): ChangesPages {
  const address = parseCouchUrl(options.couchUrl);
  const outages = new OutageRetry({ ...options, address: address.url });
  return {
    next: ({ since, limit, wait, signal }) =>
      outages.run(async () => {
        signal.throwIfAborted();
        const url = new URL(`${address.url}/${encodeURIComponent(options.database)}/_changes`);
        const query = { since, limit: String(limit), include_docs: 'true' };
        const waiting = wait ? { feed: 'longpoll', timeout: String(WAIT_MS) } : {};
        url.search = new URLSearchParams({ ...query, ...waiting }).toString();
        try {
          return toPage((await answerOf(url, address.headers, signal)) as Answer);
        } catch (error) {
          signal.throwIfAborted();
          throw couchError(error, `changes of ${options.database}`, address.url);
        }
      }),
  };
}

async function answerOf(
  url: URL,
  headers: Record<string, string>,
  signal: AbortSignal,
): Promise<unknown> {
  const silence = AbortSignal.timeout(SILENCE_MS);
  const response = await fetch(url, { headers, signal: AbortSignal.any([signal, silence]) });
  if (response.ok) return response.json();
  const reason = (await response.json().catch(() => ({}))) as object;
  throw { ...reason, statusCode: response.status };
}

function toPage({ results, last_seq }: Answer): ChangesPage {
  const changes = results.map(({ id, seq, deleted, changes: revs, doc }): Change => {
    const change = { id, seq: String(seq), deleted: deleted ?? false, rev: revs[0]?.rev ?? '' };
    return doc ? { ...change, doc } : change;
  });
  return { changes, lastSeq: String(last_seq) };
}
