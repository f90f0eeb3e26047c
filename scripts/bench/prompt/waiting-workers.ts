// All workers of one visit in one process, without the pipeline: each has its own subscription and
// its own set of arrivals, exactly as in the service. Tells its parent when each has all its snaps.

import { imagePrefix } from '../../../mockup/core/prompt/image-name.ts';
import { readVisit, type Visit } from '../../../mockup/core/prompt/visit.ts';
import { createSystemClock } from '../../../mockup/platform/clock/system-clock.ts';
import { silentLogger } from '../../../mockup/platform/log/logger.ts';
import { openCloudClients, type Subscribed } from '../../../mockup/prompt/cloud/cloud-clients.ts';
import { ImageArrivals } from '../../../mockup/prompt/service/image-arrivals.ts';

export type WorkersMessage =
  | { kind: 'ready'; before_bytes: number; after_bytes: number }
  | { kind: 'told'; detector: number; snap: number; at_ms: number }
  | { kind: 'ended' };

const tell = (message: WorkersMessage): void => void process.send?.(message);
const clock = createSystemClock();
const cloud = await openCloudClients(process.env);

async function wait(visits: readonly Visit[]): Promise<Subscribed[]> {
  const before_bytes = process.memoryUsage().rss;
  const subscribed = await Promise.all(visits.map(waitFor));
  tell({ kind: 'ready', before_bytes, after_bytes: process.memoryUsage().rss });
  return subscribed;
}

function waitFor(visit: Visit): Promise<Subscribed> {
  const { instrument, detector, group } = visit;
  const arrivals = new ImageArrivals(visit, clock, silentLogger);
  let known = 0;
  return cloud.subscribe(
    `${instrument}-image`,
    `w-${group}-${detector}`,
    `hasPrefix(attributes.objectId, "${imagePrefix(visit)}")`,
    (event) => {
      arrivals.take(event);
      if (arrivals.snaps.length === known) return;
      known = arrivals.snaps.length;
      tell({ kind: 'told', detector, snap: known - 1, at_ms: Date.now() });
    },
    (error) => {
      throw error;
    },
  );
}

let waiting: Promise<Subscribed[]> | undefined;
process.on('message', async (given: { visits?: unknown[]; end?: true }) => {
  if (given.visits) waiting = wait(given.visits.map(readVisit));
  if (!given.end) return;
  for (const one of (await waiting) ?? []) await one.end();
  tell({ kind: 'ended' });
});
