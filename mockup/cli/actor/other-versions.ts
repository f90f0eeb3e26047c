// Tells in an actor's log that actors of another version share the databases with it.

import { readActor } from '../../platform/actor/actor-document.ts';
import type { Database } from '../../platform/couch/database.ts';
import type { Logger } from '../../platform/log/logger.ts';

/** Never rejects: it is a courtesy. */
export async function warnOfOtherVersions(
  actors: Database,
  version: string,
  log: Logger,
): Promise<void> {
  const all = await actors.allDocs().catch(() => []);
  const others = all
    .flatMap((doc) => readActor(doc) ?? [])
    .filter(({ state, version: other = version }) => state !== 'stopped' && other !== version);
  if (others.length === 0) return;
  const named = others.map((actor) => `${actor.name} of ${actor.site} is ${actor.version}`);
  log.warn({ reason: `${named.join(', ')}; this is ${version}` }, 'versions differ');
}
