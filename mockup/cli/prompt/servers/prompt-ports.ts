// What the commands of `prompt-proto` need of the live world.

import type { Clock } from '../../../platform/clock/clock.ts';
import { createSystemClock } from '../../../platform/clock/system-clock.ts';
import type { Database } from '../../../platform/couch/database.ts';
import { createNanoServer } from '../../../platform/couch/nano/nano-server.ts';
import type { Logger } from '../../../platform/log/logger.ts';
import { createPinoLogger } from '../../../platform/log/pino-logger.ts';
import type { Random } from '../../../platform/random/random.ts';
import { createSystemRandom } from '../../../platform/random/system-random.ts';
import type { CommandContext } from '../../command.ts';
import { couchdbUrl, logLevel } from '../../environment.ts';

export const DEFAULT_PROJECT = 'prompt-proto';
export const databaseOf = { pubsub: 'pubsub', storage: 'storage', visits: 'visits' } as const;

export interface PromptPorts {
  clock: Clock;
  random: Random;
  log: Logger;
  /** Opens a database, and makes it where it is not there. */
  database(name: string): Promise<Database>;
}

export function promptPorts(name: string, context: CommandContext): PromptPorts {
  const clock = createSystemClock();
  const random = createSystemRandom();
  const log = createPinoLogger({ name, level: logLevel(context.env) });
  // Google's libraries look for a cloud's metadata service, which no one here is.
  process.env.METADATA_SERVER_DETECTION ??= 'none';
  return {
    ...{ clock, random, log },
    database: async (database) => {
      const server = createNanoServer(couchdbUrl(context.env), { clock, random, log });
      await server.create(database);
      return server.open(database);
    },
  };
}

/** Tells a parent that waits for it, and a person, where this process listens. */
export function tellAddress(context: CommandContext, url: string): void {
  context.print(`listening on ${url}`);
  if (process.connected) process.send?.({ url }, () => {});
}
