// One OUS through a running line, from the launch to Delivered.

import { documentId } from '../../../mockup/core/identifiers.ts';
import { launchOus, type OusDocument } from '../../../mockup/core/ous/ous.ts';
import { isPipelineRecipe } from '../../../mockup/core/ous/recipes.ts';
import { formatTimestamp, parseTimestamp } from '../../../mockup/core/timestamps.ts';
import { createSystemClock } from '../../../mockup/platform/clock/system-clock.ts';
import type { Database } from '../../../mockup/platform/couch/database.ts';
import { updateDocument } from '../../../mockup/platform/couch/documents/update-document.ts';
import { createNanoServer } from '../../../mockup/platform/couch/nano/nano-server.ts';
import { silentLogger } from '../../../mockup/platform/log/logger.ts';
import { createSystemRandom } from '../../../mockup/platform/random/system-random.ts';
import type { RunningLine } from './line-process.ts';

const PROG_ID = '2019.1.01326.S';
const LIMIT_MS = 120_000;

export function openEntities(line: RunningLine): Database {
  const ports = { clock: createSystemClock(), random: createSystemRandom(), log: silentLogger };
  return createNanoServer(line.urls[0] as string, ports).open('status-entities');
}

/** Seconds from the launch that got a Pipeline recipe to Delivered, by the OUS's own history. */
export async function deliverOne(entities: Database, n: number): Promise<number> {
  const ousUid = `uid://A001/X1465/X${n.toString(16)}`;
  const id = documentId(ousUid);
  let isManual = true;
  while (isManual) {
    const context = { timestamp: formatTimestamp(Date.now()), by: 'launcher@JAO' };
    await updateDocument<OusDocument>(entities, id, (now) =>
      launchOus(now, ousUid, PROG_ID, context),
    );
    const ous = await follow(
      entities,
      id,
      (now) => now.state === 'Delivered' || Boolean(now.substate),
    );
    isManual = ous.state === 'ReadyForProcessing' && !isPipelineRecipe(ous.substate);
  }
  const ous = await delivered(entities, ousUid);
  const launched = ous.history?.findLast((entry) => entry.by === 'launcher@JAO');
  return (parseTimestamp(ous.timestamp) - parseTimestamp(String(launched?.timestamp))) / 1000;
}

export function delivered(entities: Database, ousUid: string): Promise<OusDocument> {
  return follow(entities, documentId(ousUid), (ous) => ous.state === 'Delivered');
}

async function follow(
  entities: Database,
  id: string,
  holds: (ous: OusDocument) => boolean,
): Promise<OusDocument> {
  const { promise, resolve, reject } = Promise.withResolvers<OusDocument>();
  const late = setTimeout(() => reject(new Error(`${id} does not get there`)), LIMIT_MS);
  const feed = entities.follow({
    since: '0',
    ids: [id],
    includeDocs: true,
    onChanges: (changes) => {
      const ous = changes.at(-1)?.doc as unknown as OusDocument | undefined;
      if (ous && holds(ous)) resolve(ous);
    },
  });
  try {
    return await promise;
  } finally {
    clearTimeout(late);
    await feed.stop();
  }
}
