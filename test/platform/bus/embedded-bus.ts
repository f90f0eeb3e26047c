// Buses over one embedded server, for tests of what only a real server does.

import { type CouchServerOptions, startCouchServer } from '../../../mockup/couch-server/server.ts';
import type { Bus } from '../../../mockup/platform/bus/bus.ts';
import { createBus } from '../../../mockup/platform/bus/create-bus.ts';
import { createSystemClock } from '../../../mockup/platform/clock/system-clock.ts';
import type { Database } from '../../../mockup/platform/couch/database.ts';
import { createNanoServer } from '../../../mockup/platform/couch/nano/nano-server.ts';
import { silentLogger } from '../../../mockup/platform/log/logger.ts';
import { Releases } from '../../../mockup/platform/process/releases.ts';
import { createSystemRandom } from '../../../mockup/platform/random/system-random.ts';
import { initDatabases } from '../../../mockup/replication/init-databases.ts';

export interface EmbeddedBus {
  url: string;
  messages: Database;
  /** Another process on the same bus. */
  join(actor: string, site?: string): Bus;
  close(): Promise<void>;
}

export async function startEmbeddedBus(options: CouchServerOptions = {}): Promise<EmbeddedBus> {
  const releases = new Releases();
  const server = await startCouchServer(options);
  releases.add(() => server.close());
  const common = {
    clock: createSystemClock(),
    random: createSystemRandom(),
    log: silentLogger,
  };
  const nano = createNanoServer(server.url, common);
  await initDatabases(nano);
  const messages = nano.open('msgq');
  return {
    url: server.url,
    messages,
    join: (actor, site = 'JAO') => {
      const self = { actor, site, machine: 'm', pid: 1, instance: `${actor} of this test` };
      const ports = { ...common, messages, self, originIP: '127.0.0.1' };
      const bus = createBus({ ...ports, isHolderGone: () => false });
      releases.add(() => bus.close());
      return bus;
    },
    close: () => releases.release(),
  };
}
