// Waits until what the line has done has arrived everywhere: no message is waiting or in flight, and
// the ARCs have the documents that JAO has.

import { databaseNames, workflowDatabases } from '../../core/databases.ts';
import type { IndexedQuery } from '../../core/declared-query.ts';
import type { Executive } from '../../core/executives.ts';
import { messagesInDelivery, unreadMessages } from '../../core/queries.ts';
import type { DatabaseServer } from '../../platform/couch/database.ts';
import { countDocuments } from '../../platform/couch/documents/count-documents.ts';

export interface SiteCounts {
  site: Executive;
  couchdb: string;
  /** Documents of each database, without design documents. */
  documents: Record<string, number>;
  unreadMessages: number;
  /** Messages that an actor has in flight. */
  claimedMessages: number;
  deadMessages: number;
}

export interface CountedSite {
  site: Executive;
  server: DatabaseServer;
}

const INTERVAL_MS = 200;
/** Heartbeats come all the time, and an ARC has its own messages alone. */
const UNEQUAL: readonly string[] = [databaseNames.actors, databaseNames.messages];

/** Returns the last counts; `settled` is false where the limit came first. */
export async function waitUntilSettled(
  sites: readonly CountedSite[],
  limit_ms: number,
  stopping: AbortSignal,
): Promise<{ settled: boolean; counts: SiteCounts[] }> {
  const end_ms = performance.now() + limit_ms;
  for (;;) {
    const counts = await countAll(sites);
    const settled = isSettled(counts);
    if (settled || stopping.aborted || performance.now() > end_ms) return { settled, counts };
    await new Promise((resolve) => setTimeout(resolve, INTERVAL_MS));
  }
}

export function countAll(sites: readonly CountedSite[]): Promise<SiteCounts[]> {
  return Promise.all(sites.map(countSite));
}

async function countSite({ site, server }: CountedSite): Promise<SiteCounts> {
  const messages = server.open(databaseNames.messages);
  const count = async (query: IndexedQuery): Promise<number> =>
    (await messages.find(query)).length;
  const documents: Record<string, number> = {};
  for (const { name } of workflowDatabases) {
    documents[name] = await countDocuments(server.open(name));
  }
  return {
    site,
    couchdb: server.address,
    documents,
    unreadMessages: await count(unreadMessages(['_id'])),
    claimedMessages: await count(messagesInDelivery('claimed', ['_id'])),
    deadMessages: await count(messagesInDelivery('dead', ['_id'])),
  };
}

function isSettled(counts: readonly SiteCounts[]): boolean {
  const [jao] = counts;
  return counts.every(
    ({ documents, unreadMessages, claimedMessages }) =>
      unreadMessages === 0 &&
      claimedMessages === 0 &&
      Object.entries(documents).every(
        ([name, count]) => UNEQUAL.includes(name) || count === jao?.documents[name],
      ),
  );
}
