// The database server and the message bus for a one-shot command: it gives up soon where the
// server does not answer, instead of waiting as an actor does.

import { databaseNames } from '../../core/databases.ts';
import type { Bus } from '../../platform/bus/bus.ts';
import { createBus } from '../../platform/bus/create-bus.ts';
import { createSystemClock } from '../../platform/clock/system-clock.ts';
import type { DatabaseServer } from '../../platform/couch/database.ts';
import { createNanoServer } from '../../platform/couch/nano/nano-server.ts';
import { silentLogger } from '../../platform/log/logger.ts';
import { createSystemRandom } from '../../platform/random/system-random.ts';
import { describeThisProcess } from '../actor/this-process.ts';
import { couchdbUrl, type EnvironmentVariables, siteOr } from '../environment.ts';

const GIVE_UP_AFTER_MS = 3_000;

export function connectTo(url: string, giveUpAfter_ms = GIVE_UP_AFTER_MS): DatabaseServer {
  return createNanoServer(url, {
    clock: createSystemClock(),
    random: createSystemRandom(),
    log: silentLogger,
    giveUpAfter_ms,
  });
}

/** The server of this site, by `COUCHDB_URL`. */
export function connect(env: EnvironmentVariables): DatabaseServer {
  return connectTo(couchdbUrl(env));
}

/** Runs `work` with a bus that is closed afterwards. */
export async function withBus<T>(
  env: EnvironmentVariables,
  name: string,
  work: (bus: Bus) => Promise<T>,
): Promise<T> {
  const server = connect(env);
  await server.check();
  const random = createSystemRandom();
  const bus = createBus({
    messages: server.open(databaseNames.messages),
    clock: createSystemClock(),
    random,
    log: silentLogger,
    ...describeThisProcess(name, siteOr(env, 'JAO'), random),
  });
  try {
    return await work(bus);
  } finally {
    await bus.close();
  }
}
