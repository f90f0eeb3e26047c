// Old finished messages are removed by the site that finished them. Tombstones replicate, so the
// other site's copies go as well. Dead messages stay until a person has seen them.

import { finishedMessages } from '../../core/queries.ts';
import { formatTimestamp } from '../../core/timestamps.ts';
import type { Clock } from '../clock/clock.ts';
import type { Database } from '../couch/database.ts';
import type { Message } from './message.ts';

const BATCH = 500;
const BATCHES_LIMIT = 200;

export const DEFAULT_MESSAGE_AGE_MS = 7 * 24 * 3600 * 1000;

export interface HousekeepingOptions {
  messages: Database;
  clock: Clock;
  /** The site whose finished messages may go. */
  site: string;
  /** How long a finished message is kept. Must be far longer than any lease. */
  age_ms?: number;
}

/** Removes finished messages older than the age; gives how many. */
export async function removeFinishedMessages(options: HousekeepingOptions): Promise<number> {
  const { messages, clock, site, age_ms = DEFAULT_MESSAGE_AGE_MS } = options;
  const before = formatTimestamp(clock.now() - age_ms);
  let removed = 0;
  for (let round = 0; round < BATCHES_LIMIT; round++) {
    const old = await messages.find<Message>(finishedMessages(site, before, BATCH));
    if (old.length === 0) break;
    const tombstones = old.map(({ _id, _rev }) => ({ _id, _rev, _deleted: true as const }));
    const results = await messages.bulk(tombstones);
    const gone = results.filter((result) => result.ok).length;
    removed += gone;
    // Others clean as well: where nothing could be removed they are at it.
    if (gone === 0) break;
  }
  return removed;
}
