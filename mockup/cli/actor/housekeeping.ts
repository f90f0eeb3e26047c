// Removes the site's old finished messages, at start and every hour.

import { databaseNames } from '../../core/databases.ts';
import { describeError } from '../../core/errors.ts';
import type { ActorPorts } from '../../platform/actor/actor.ts';
import { removeFinishedMessages } from '../../platform/bus/housekeeping.ts';

const INTERVAL_MS = 3_600_000;

export function keepMessagesTidy(ports: ActorPorts, age_ms: number): { stop(): Promise<void> } {
  const { clock, log, site } = ports;
  const messages = ports.databases.open(databaseNames.messages);
  const stopping = new AbortController();
  const run = async (): Promise<void> => {
    while (!stopping.signal.aborted) {
      try {
        const removed = await removeFinishedMessages({ messages, clock, site, age_ms });
        if (removed > 0) log.info({ removed }, 'removed old finished messages');
      } catch (error) {
        log.warn({ reason: describeError(error) }, 'could not remove old messages');
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
