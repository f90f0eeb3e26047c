// Heartbeat documents that no process will ever write again: second ones of a process that took its
// own for another's after an outage, and those of processes that have been down for long. Each site
// removes its own.

import { parseTimestamp } from '../../core/timestamps.ts';
import type { Clock } from '../clock/clock.ts';
import type { Database, Stored } from '../couch/database.ts';
import { type ActorDocument, readActor } from './actor-document.ts';
import { HEARTBEAT_STALE_MS } from './heartbeat.ts';

/** So long an actor that is down, or was stopped, is shown. */
const SHOWN_MS = 7 * 24 * 3_600_000;
/** Clocks of a site's machines may differ. */
const DOUBT_MS = 4 * HEARTBEAT_STALE_MS;

export interface GhostOptions {
  actors: Database;
  clock: Clock;
  site: string;
}

/** Returns how many were removed. */
export async function removeGhosts({ actors, clock, site }: GhostOptions): Promise<number> {
  const found = await actors.allDocs({ startKey: `${site}.`, endKey: `${site}.\uffff` });
  const beats = found.flatMap((doc) => readActor(doc) ?? []).filter((doc) => doc.site === site);
  const ghosts = ghostsOf(beats, clock.now());
  // A conflict means that its process lives after all.
  const results = await actors.bulk(
    ghosts.map(({ _id, _rev }) => ({ _id, _rev, _deleted: true as const })),
  );
  return results.filter(({ ok }) => ok).length;
}

function ghostsOf(
  beats: readonly Stored<ActorDocument>[],
  now_ms: number,
): Stored<ActorDocument>[] {
  const newest = new Map<string, string>();
  for (const { holder, timestamp } of beats) {
    const known = newest.get(holder.instance);
    if (known === undefined || known < timestamp) newest.set(holder.instance, timestamp);
  }
  return beats.filter(({ holder, timestamp }) => {
    const age_ms = now_ms - parseTimestamp(timestamp);
    const isSecond = timestamp < (newest.get(holder.instance) ?? '') && age_ms > DOUBT_MS;
    return isSecond || age_ms > SHOWN_MS;
  });
}
