// The database port of one process as it ships: the live adapter with its patience, its recognition of
// writes whose answer was lost, and its feeds, over the requests of `wire`.

import type nano from 'nano';
import type { Clock } from '../../platform/clock/clock.ts';
import type { DatabaseServer } from '../../platform/couch/database.ts';
import { createNanoDatabase } from '../../platform/couch/nano/nano-database.ts';
import { couchError, isStatus } from '../../platform/couch/reaching/couch-errors.ts';
import { OutageRetry } from '../../platform/couch/reaching/outage-retry.ts';
import type { Logger } from '../../platform/log/logger.ts';
import type { Random } from '../../platform/random/random.ts';
import type { PortGate } from '../fault/port-gate.ts';
import { createFeedFetch } from './feed-fetch.ts';
import type { ShippedServer } from './shipped-server.ts';
import { createWire } from './wire.ts';

export interface ShippedClientOptions {
  server: ShippedServer;
  gate: PortGate;
  clock: Clock;
  random: Random;
  log: Logger;
}

export function createShippedClient(options: ShippedClientOptions): DatabaseServer {
  const { server, gate, clock, random, log } = options;
  const { url } = server;
  const wire = createWire(server, gate);
  const client = wire as unknown as nano.ServerScope;
  const isAlive = (): Promise<boolean> =>
    wire.session().then(
      () => true,
      () => false,
    );
  const outages = new OutageRetry({ clock, random, log, isAlive, address: url });
  const address = { url, headers: {} };
  const fetch = createFeedFetch(options);
  const call = <T>(what: string, run: () => Promise<T>): Promise<T> =>
    outages.run(async () => {
      try {
        return await run();
      } catch (error) {
        throw couchError(error, what, url);
      }
    });
  return {
    address: url,
    open: (name) => createNanoDatabase({ client, address, name, outages, fetch }),
    create: (name) =>
      call(`creating ${name}`, async () => {
        try {
          await wire.db.create(name);
          return 'created';
        } catch (error) {
          if (isStatus(error, 412)) return 'exists';
          throw error;
        }
      }),
    remove: (name) => call(`removing ${name}`, () => wire.db.destroy(name)),
    names: () => call('listing databases', () => wire.db.list()),
    check: async () => void (await call('connecting', () => wire.session())),
  };
}
