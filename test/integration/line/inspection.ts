// Looks into what a line has left: its databases, served again from their files, and its caches.

import { join } from 'node:path';
import { startCouchServer } from '../../../mockup/couch-server/server.ts';
import { createSystemClock } from '../../../mockup/platform/clock/system-clock.ts';
import type { DatabaseServer } from '../../../mockup/platform/couch/database.ts';
import { createNanoServer } from '../../../mockup/platform/couch/nano/nano-server.ts';
import { createLocalFiles } from '../../../mockup/platform/files/local-files.ts';
import { silentLogger } from '../../../mockup/platform/log/logger.ts';
import { Releases } from '../../../mockup/platform/process/releases.ts';
import { createSystemRandom } from '../../../mockup/platform/random/system-random.ts';
import { type CheckedSite, checkLine } from '../../../mockup/simulator/checkers/line-checker.ts';

export interface Inspected {
  sites: ReadonlyMap<string, CheckedSite>;
  close(): Promise<void>;
}

/** `databaseSite`: whose server a site uses; default: its own. */
export async function inspect(
  dataDirectory: string,
  sites: readonly string[],
  databaseSite: (site: string) => string = (site) => site,
): Promise<Inspected> {
  const releases = new Releases();
  const servers = new Map<string, DatabaseServer>();
  const checked = new Map<string, CheckedSite>();
  for (const name of sites) {
    const home = databaseSite(name);
    let server = servers.get(home);
    if (!server) {
      const directory = join(dataDirectory, home.toLowerCase(), 'couchdb');
      const started = await startCouchServer({ directory, extension: idle });
      releases.add(() => started.close());
      server = connect(started.url);
      servers.set(home, server);
    }
    const cache = join(dataDirectory, name.toLowerCase(), 'cache');
    checked.set(name, { name, server, cache: { files: createLocalFiles(), directory: cache } });
  }
  return { sites: checked, close: () => releases.release() };
}

/** Every problem that the checkers find, after all is Delivered. */
export async function problemsOf(inspected: Inspected, ousUids: string[]): Promise<string[]> {
  const [jao, ...arcs] = [...inspected.sites.values()];
  if (!jao) throw new Error('no site');
  return checkLine({ jao, arcs, ousUids });
}

export function connect(url: string): DatabaseServer {
  return createNanoServer(url, {
    clock: createSystemClock(),
    random: createSystemRandom(),
    log: silentLogger,
    giveUpAfter_ms: 5_000,
  });
}

/** No replicator: the databases are looked at as they were left. */
async function idle() {
  const handle = async () => ({ status: 404, body: {} });
  return { paths: [], handle, activeTasks: () => [], stop: async () => {} };
}
