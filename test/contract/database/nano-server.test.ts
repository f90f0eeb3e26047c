// The live adapter keeps the contract of the database port: on the embedded server always, and on
// the Apache CouchDB that COUCHDB_URL names (with user and password), where there is one.

import { afterAll } from 'vitest';
import { startCouchServer } from '../../../mockup/couch-server/server.ts';
import { createSystemClock } from '../../../mockup/platform/clock/system-clock.ts';
import { createNanoServer } from '../../../mockup/platform/couch/nano/nano-server.ts';
import { parseCouchUrl } from '../../../mockup/platform/couch/reaching/couch-address.ts';
import { silentLogger } from '../../../mockup/platform/log/logger.ts';
import { createSystemRandom } from '../../../mockup/platform/random/system-random.ts';
import { databaseContract, type ServerUnderTest } from './database-contract.ts';

const connect = (url: string) => async (): Promise<ServerUnderTest> => ({
  server: createNanoServer(url, {
    clock: createSystemClock(),
    random: createSystemRandom(),
    log: silentLogger,
  }),
});

// Started once: each test has a database of its own.
const embedded = await startCouchServer();
afterAll(() => embedded.close());
databaseContract('the embedded server', connect(embedded.url));

const couchdbUrl = process.env.COUCHDB_URL;
if (couchdbUrl) {
  databaseContract(`CouchDB at ${parseCouchUrl(couchdbUrl).url}`, connect(couchdbUrl));
} else {
  console.log('database port: on the embedded server; COUCHDB_URL is not set');
}
