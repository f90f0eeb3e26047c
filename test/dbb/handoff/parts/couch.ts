// An embedded server in memory, or the CouchDB of COUCHDB_URL, and a client for it.

import { startCouchServer } from '../../../../mockup/couch-server/server.ts';
import { createSystemClock } from '../../../../mockup/platform/clock/system-clock.ts';
import { createNanoServer } from '../../../../mockup/platform/couch/nano/nano-server.ts';
import { silentLogger } from '../../../../mockup/platform/log/logger.ts';
import { createSystemRandom } from '../../../../mockup/platform/random/system-random.ts';
import { borrowCouchdb } from '../../../real-couchdb.ts';

export async function createCouchServerForTest() {
  const couch = (await borrowCouchdb()) ?? (await startCouchServer());
  const server = createNanoServer(couch.url, {
    clock: createSystemClock(),
    random: createSystemRandom(),
    log: silentLogger,
    giveUpAfter_ms: 5000,
  });
  return { server, close: () => couch.close() };
}
