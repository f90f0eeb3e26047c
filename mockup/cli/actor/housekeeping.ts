// Removes the site's old finished messages and heartbeats of nobody, at start and every hour.

import { databaseNames } from '../../core/databases.ts';
import { describeError } from '../../core/errors.ts';
import type { ActorPorts } from '../../platform/actor/actor.ts';
import { removeGhosts } from '../../platform/actor/ghost-heartbeats.ts';
import { removeFinishedMessages } from '../../platform/bus/housekeeping.ts';

const INTERVAL_MS = 3_600_000;

export function keepMessagesTidy(ports: ActorPorts, age_ms: number): { stop(): Promise<void> } {
  const { clock, log, site } = ports;
  const messages = ports.databases.open(databaseNames.messages);
  const actors = ports.databases.open(databaseNames.actors);
  const stopping = new AbortController();
  const run = async (): Promise<void> => {
    while (!stopping.signal.aborted) {
      try {
        const removed = await removeFinishedMessages({ messages, clock, site, age_ms });
        if (removed > 0) log.info({ removed }, 'removed old finished messages');
      } catch (error) {
        log.warn({ reason: describeError(error) }, 'could not remove old messages');
      }
      try {
        const ghosts = await removeGhosts({ actors, clock, site });
        if (ghosts > 0) log.info({ ghosts }, 'removed heartbeats that nobody writes any more');
      } catch (error) {
        log.warn({ reason: describeError(error) }, 'could not remove old heartbeats');
      }
      await clock.sleep(INTERVAL_MS, stopping.signal).catch(() => {});
    }
  };
  const running = run();
  return {
    stop: async () => {
      stopping.abort(new Error('stopping'));
      await running;
    },
  };
}
