// The CouchDB nodes that COUCHDB_URL and COUCHDB_URL_2 name, in the place of embedded servers. What
// has fixed names of databases borrows a whole node: it must hold none but CouchDB's own, and holds
// none afterwards. So such suites run one file after another (--no-file-parallelism).

import { createSystemClock } from '../mockup/platform/clock/system-clock.ts';
import type { DatabaseServer } from '../mockup/platform/couch/database.ts';
import { createNanoServer } from '../mockup/platform/couch/nano/nano-server.ts';
import { silentLogger } from '../mockup/platform/log/logger.ts';
import { createSystemRandom } from '../mockup/platform/random/system-random.ts';

export interface BorrowedCouchdb {
  /** With user and password. */
  readonly url: string;
  readonly server: DatabaseServer;
  /** Removes what was made in it. */
  close(): Promise<void>;
}

export const hasRealCouchdb = Boolean(process.env.COUCHDB_URL);

/** Undefined where the variable is not set. Throws where the node is in use. */
export async function borrowCouchdb(
  variable: 'COUCHDB_URL' | 'COUCHDB_URL_2' = 'COUCHDB_URL',
): Promise<BorrowedCouchdb | undefined> {
  const url = process.env[variable];
  if (!url) return undefined;
  const server = createNanoServer(url, {
    clock: createSystemClock(),
    random: createSystemRandom(),
    log: silentLogger,
  });
  const own = async (): Promise<string[]> =>
    (await server.names()).filter((name) => !name.startsWith('_'));
  const taken = await own();
  if (taken.length > 0) throw new Error(`${variable} holds ${taken.join(', ')} already`);
  return {
    url,
    server,
    close: async () => {
      for (const name of await own()) await server.remove(name);
    },
  };
}
