// The ports of an actor in the live world: a CouchDB server, the machine's clock, its files, rsync
// and child processes. What an actor may never use is loaded at its first use: a line is some
// twenty processes, and each loads only what it needs.

import { databaseNames } from '../../core/databases.ts';
import type { Executive } from '../../core/executives.ts';
import type { ActorPorts } from '../../platform/actor/actor.ts';
import { type Heartbeat, startHeartbeat } from '../../platform/actor/heartbeat.ts';
import { createBus } from '../../platform/bus/create-bus.ts';
import { createNanoServer } from '../../platform/couch/nano/nano-server.ts';
import { createLocalFiles } from '../../platform/files/local-files.ts';
import type { Logger } from '../../platform/log/logger.ts';
import type { Releases } from '../../platform/process/releases.ts';
import { createSystemRandom } from '../../platform/random/system-random.ts';
import { couchdbUrl, type EnvironmentVariables, lease_ms, pace } from '../environment.ts';
import { productVersion } from '../version.ts';
import { lazyPrograms, lazySites, lazyTreeSync } from './lazy-ports.ts';
import { warnOfOtherVersions } from './other-versions.ts';
import { createSiteClock } from './site-clock.ts';
import { describeThisProcess } from './this-process.ts';
import { watchTroubles } from './troubles.ts';

export interface LivePortsOptions {
  name: string;
  site: Executive;
  env: EnvironmentVariables;
  log: Logger;
  console: ActorPorts['console'];
  /** Whether others see this process in the `actors` database. */
  heartbeat: boolean;
  releases: Releases;
  /** Ends all waiting for a database that is away. */
  stopping: AbortSignal;
  /** For a person at the dashboard, in place of the site in what they send: `dashboard`. */
  senderSite?: string;
}

const noActivity: ActorPorts['activity'] = { begin: () => () => {}, count: () => {} };

export async function createLivePorts(options: LivePortsOptions): Promise<ActorPorts> {
  const { name, site, env, releases } = options;
  let heartbeat: Heartbeat | undefined;
  const log = watchTroubles(options.log, (text) => heartbeat?.trouble(text));
  const clock = createSiteClock(env);
  const random = createSystemRandom();
  const process = describeThisProcess(name, options.senderSite ?? site, random);
  const databases = createNanoServer(couchdbUrl(env), {
    ...{ clock, random, log },
    signal: options.stopping,
  });
  const messages = databases.open(databaseNames.messages);
  const listens = options.heartbeat;
  const shared = { ...process, messages, clock, random, log, listens };
  const lease = lease_ms(env);
  const bus = createBus({ ...shared, ...(lease !== undefined && { lease_ms: lease }) });
  releases.add(() => bus.close());
  if (options.heartbeat) {
    const actors = databases.open(databaseNames.actors);
    const version = productVersion();
    heartbeat = await startHeartbeat({ ...process, actors, clock, log, version });
    void warnOfOtherVersions(actors, version, log);
    releases.add(() => heartbeat?.stop());
  }
  return {
    ...{ site, name, clock, random, log, databases, bus },
    files: createLocalFiles(),
    treeSync: lazyTreeSync(log),
    programs: lazyPrograms(log, env),
    sites: lazySites(),
    console: options.console,
    activity: heartbeat?.activity ?? noActivity,
    ...(options.senderSite !== undefined && { author: `${name}@${options.senderSite}` }),
    // It may be changed while the line runs.
    get pace() {
      return pace(env);
    },
  };
}
