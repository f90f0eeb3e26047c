// Old finished messages are removed by the site that finished them. Tombstones replicate, so the
// other site's copies go as well. Dead messages stay until a person has seen them.

import { tombstoneOf } from '../../core/messages/routing.ts';
import { finishedMessages, messagesTakenByPython } from '../../core/queries.ts';
import { formatTimestamp } from '../../core/timestamps.ts';
import type { Clock } from '../clock/clock.ts';
import type { Database, Query, Writable } from '../couch/database.ts';
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

/** Removes finished messages older than the age; returns how many. */
export async function removeFinishedMessages(options: HousekeepingOptions): Promise<number> {
  const { messages, clock, site, age_ms = DEFAULT_MESSAGE_AGE_MS } = options;
  const before = formatTimestamp(clock.now() - age_ms);
  const ours = await removeAll(messages, finishedMessages(site, before, BATCH));
  // Python actors leave no word of who took a message and when; its age is counted from its sending.
  return ours + (await removeAll(messages, messagesTakenByPython(before, BATCH)));
}

async function removeAll(messages: Database, query: Query): Promise<number> {
  let removed = 0;
  const withRivals: Query = { ...query, conflicts: true };
  for (let round = 0; round < BATCHES_LIMIT; round++) {
    const tombstones: Writable[] = [];
    await messages.findInPages<Message & Conflicted>(withRivals, (old) => {
      for (const message of old) tombstones.push(...tombstonesOf(message));
    });
    if (tombstones.length === 0) break;
    const results = await messages.bulk(tombstones);
    const gone = results.filter((result) => result.ok).length;
    removed += gone;
    // Others clean as well: where nothing could be removed they are at it.
    if (gone === 0) break;
  }
  return removed;
}

/** All leaves go: a rival revision that stayed would be a message again. */
function tombstonesOf(message: Message & Conflicted): Writable[] {
  return [message._rev, ...(message._conflicts ?? [])].map((rev) => ({
    ...tombstoneOf({ ...message, _rev: rev }),
    removed: true,
  }));
}

interface Conflicted {
  _conflicts?: string[];
}
