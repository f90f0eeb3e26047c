// The bus on live databases: the CouchDB of COUCHDB_URL, and the embedded server, both only on request
// (COUCHDB_URL, DRAWS_LONG=1): leases that outlast a loaded machine are waited for. Each test has a
// database of its own.

import { afterAll, it } from 'vitest';
import { workflowDatabases } from '../../../mockup/core/databases.ts';
import { startCouchServer } from '../../../mockup/couch-server/server.ts';
import { createSystemClock } from '../../../mockup/platform/clock/system-clock.ts';
import { createNanoServer } from '../../../mockup/platform/couch/nano/nano-server.ts';
import { silentLogger } from '../../../mockup/platform/log/logger.ts';
import { createSystemRandom } from '../../../mockup/platform/random/system-random.ts';
import { type BusWorld, busContract } from './bus-contract.ts';

const clock = createSystemClock();
const random = createSystemRandom();
const LEASE_MS = 3000;

function worlds(url: string): { make(): Promise<BusWorld>; clear(): Promise<void> } {
  const server = createNanoServer(url, { clock, random, log: silentLogger });
  const names: string[] = [];
  const indexes = workflowDatabases.find(({ name }) => name === 'msgq')?.indexes ?? [];
  return {
    async make() {
      const name = `bus-${random.hex(12)}`;
      names.push(name);
      await server.create(name);
      const messages = server.open(name);
      for (const fields of indexes) await messages.ensureIndex(fields);
      return { messages, clock, random, run: (work) => work, lease_ms: LEASE_MS };
    },
    async clear() {
      for (const name of names) await server.remove(name);
    },
  };
}

const { COUCHDB_URL: url, DRAWS_LONG: long } = process.env;
if (url) {
  const real = worlds(url);
  busContract('the CouchDB of COUCHDB_URL', real.make);
  afterAll(() => real.clear());
}
if (long) {
  const embedded = await startCouchServer();
  busContract('the embedded server', worlds(embedded.url).make);
  afterAll(() => embedded.close());
}
it.skipIf(url || long)('keeps its contract on live databases', () => {});
