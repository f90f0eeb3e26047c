// How an endpoint stands, by its records: how many files in which state for one ingester, what was
// set aside and why, who is at work; and the whole story of one file.

import { type AsideRecord, asideRange } from '../../core/dbb/aside-record.ts';
import { type EndpointFile, fileId, pathOfId } from '../../core/dbb/endpoint-file.ts';
import { type FinderPresence, presenceRange } from '../../core/dbb/finder-presence.ts';
import {
  type IngestDocument,
  type IngestStatus,
  ingestStatuses,
  isIngestDocument,
} from '../../core/dbb/ingest-events.ts';
import { holderRange, type IngestHolder } from '../../core/dbb/ingest-holder.ts';
import type { Database, DatabaseServer } from '../../platform/couch/database.ts';
import type { DatabaseNames } from './database-section.ts';
import { idsOfStatus, someOfStatus } from './event-queries.ts';
import { PLACE_ID } from './ingester/claiming/checkpoint-store.ts';
import { type Life, type LifeOptions, lifeOf } from './signs-of-life.ts';

export interface EndpointStatus {
  files: number;
  /** For an ingester's or a backfill's configuration. */
  events?: { database: string; counts: Record<IngestStatus, number> };
  aside: AsideRecord[];
  finders: (FinderPresence & { life: Life })[];
  ingesters?: (IngestHolder & { life: Life })[];
  /** The last failures, a few of them. */
  failures?: { path: string; status: IngestStatus; message: string | null; retry_on?: string }[];
  /** Requests for another attempt that could not be met. */
  refused?: { id: string; reason: string }[];
}

export interface FileStory {
  path: string;
  file: EndpointFile | null;
  events: IngestDocument | null;
  aside: AsideRecord[];
}

const FAILURES_SHOWN = 20;
const REFUSED_MAX = 1000;
/** One design document per index. */
const INDEXES = 2;

export async function readEndpointStatus(
  server: DatabaseServer,
  names: DatabaseNames,
  life: LifeOptions,
): Promise<EndpointStatus> {
  const files = server.open(names.files);
  const aside = await files.allDocs<AsideRecord>(asideRange());
  const present = await files.allDocs<FinderPresence>(presenceRange);
  const finders = present.map((one) => ({ ...one, life: lifeOf(one, life) }));
  const total = (await files.info()).docCount - aside.length - present.length;
  if (names.events === undefined) return { files: total, aside, finders };
  const events = server.open(names.events);
  const holders = await events.allDocs<IngestHolder>(holderRange);
  const ingesters = holders.map((one) => ({ ...one, life: lifeOf(one, life) }));
  const refused = await readRefused(events);
  const known = await countKnown(events, ingesters.length + refused.length);
  const counts = await countStatuses(events, total, known);
  const failures = await readFailures(events);
  return {
    files: total,
    events: { database: names.events, counts },
    ...{ aside, finders, ingesters, failures, refused },
  };
}

async function readRefused(events: Database): Promise<{ id: string; reason: string }[]> {
  const found = await events.find<{ _id: string; reason?: unknown }>(
    someOfStatus('REFUSED', REFUSED_MAX),
  );
  return found.map(({ _id, reason }) => ({ id: _id, reason: String(reason ?? '') }));
}

export async function readFileStory(
  server: DatabaseServer,
  names: DatabaseNames,
  path: string,
): Promise<FileStory> {
  const files = server.open(names.files);
  const aside = (await files.allDocs<AsideRecord>(asideRange())).filter(
    (one) => one.path === path || one.other === path || `${one.root}/${one.path}` === path,
  );
  const events = names.events === undefined ? undefined : server.open(names.events);
  const document = await events?.get<IngestDocument>(fileId(path));
  const file = await files.get<EndpointFile>(fileId(path));
  return { path, file: file ?? null, events: document ?? null, aside };
}

async function countKnown(events: Database, holders: number): Promise<number> {
  const { docCount } = await events.info();
  const place = (await events.get(PLACE_ID)) ? 1 : 0;
  return Math.max(docCount - holders - place - INDEXES, 0);
}

/** All but SUCCESS are few, as a rule; SUCCESS is the rest. */
async function countStatuses(
  events: Database,
  files: number,
  known: number,
): Promise<Record<IngestStatus, number>> {
  const counts = Object.fromEntries(ingestStatuses.map((one) => [one, 0])) as Record<
    IngestStatus,
    number
  >;
  /** Requests of people that no ingester has read yet. */
  let requests = 0;
  for (const status of ingestStatuses) {
    if (status === 'SUCCESS') continue;
    const found = await events.find<{ _id: string }>(idsOfStatus(status));
    const own = found.filter(({ _id }) => pathOfId(_id) !== undefined);
    requests += found.length - own.length;
    counts[status] = own.length;
  }
  const others = Object.values(counts).reduce((sum, count) => sum + count, 0);
  counts.SUCCESS = Math.max(known - requests - others, 0);
  // Files that no ingester has seen yet have no document.
  counts.UNTRIED += Math.max(files - (known - requests), 0);
  return counts;
}

async function readFailures(events: Database) {
  const failures: NonNullable<EndpointStatus['failures']> = [];
  for (const status of ['FAILURE', 'UNKNOWN', 'INVALID'] as const) {
    const found = await events.find<IngestDocument>(someOfStatus(status, FAILURES_SHOWN));
    for (const document of found.filter(isIngestDocument)) {
      const message = document.events.at(-1)?.err_message ?? null;
      const { retry_on } = document;
      const path = document._id.slice(fileId('').length);
      failures.push({ path, status, message, ...(retry_on === undefined ? {} : { retry_on }) });
    }
  }
  return failures;
}
