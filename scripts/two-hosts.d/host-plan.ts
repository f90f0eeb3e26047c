// The two hosts: names, addresses, credentials and directories, as MULTIHOST.md has them.

import { join } from 'node:path';
import type { Executive } from '../../mockup/core/executives.ts';

export interface HostPlan {
  /** `jao-host` */
  name: string;
  executive: Executive;
  address: string;
  /** `user:password` of its CouchDB server. */
  admin: string;
  /** All that it keeps; the other host never looks there. */
  directory: string;
}

/** Where the two hosts are and what they know of each other. */
export interface Plan {
  jao: HostPlan;
  arc: HostPlan;
  directory: string;
}

export const COUCHDB_PORT = 5984;
export const CACHE_PORT = 8000;
export const DASHBOARD_PORT = 5000;
export const SSH_USER = 'root';

export function planHosts(directory: string): Plan {
  const host = (name: string, executive: Executive, address: string, admin: string): HostPlan => ({
    ...{ name, executive, address, admin },
    directory: join(directory, name),
  });
  return {
    jao: host('jao-host', 'JAO', '10.77.0.1', 'jao-admin:atacama'),
    arc: host('arc-host', 'EU', '10.77.0.2', 'arc-admin:garching'),
    directory,
  };
}

/** Good on both hosts, with user and password. */
export function couchdbUrl({ name, admin }: HostPlan): string {
  return `http://${admin}@${name}:${COUCHDB_PORT}`;
}

export const cacheDirectory = ({ directory, executive }: HostPlan): string =>
  join(directory, `draws-${executive.toLowerCase()}-cache`);

/** The variables of a host, those of the instructions. */
export function hostEnvironment(
  host: HostPlan,
  { jao, arc }: Plan,
  settings: { pace: number; failureRate: number },
): Record<string, string> {
  const cacheOfArc = cacheDirectory(arc);
  const remote = `${SSH_USER}@${arc.name}:${cacheOfArc}`;
  return {
    DRAWS_LOCATION: host.executive,
    COUCHDB_URL: couchdbUrl(host),
    DRAWS_LOCAL_CACHE: cacheDirectory(host),
    [`DRAWS_${arc.executive}_CACHE`]: host === jao ? remote : cacheOfArc,
    ...(host === jao
      ? {
          DRAWS_JAO_CACHE: cacheDirectory(jao),
          [`DRAWS_${arc.executive}_COUCHDB`]: couchdbUrl(arc),
        }
      : {}),
    DRAWS_RUNS: join(host.directory, 'runs'),
    DRAWS_PACE: String(settings.pace),
    DRAWS_FAILURE_RATE: String(settings.failureRate),
  };
}

export interface PlannedActor {
  /** `JAO-xtss` */
  name: string;
  args: readonly string[];
  /** A person is asked: the terminal of this one must be seen. */
  interactive?: boolean;
}

/** Each host's actors in the order of the instructions. Robots stand in for persons if wanted. */
export function plannedActors(
  host: HostPlan,
  { jao, arc }: Plan,
  { robots, maxJobs = 2 }: { robots: boolean; maxJobs?: number | undefined },
): PlannedActor[] {
  const actor = (args: readonly string[], interactive = false): PlannedActor => ({
    name: `${host.executive}-${args[0]}`,
    args,
    ...(interactive ? { interactive } : {}),
  });
  const cache = actor(['replicated-cache', '--host', '0.0.0.0', '--port', String(CACHE_PORT)]);
  if (host === arc) {
    const jobs = actor(['torque-maui', '--max-jobs', String(maxJobs)]);
    return [cache, jobs, actor(['data-tracker'])];
  }
  const shown = `http://${jao.name}:${CACHE_PORT}`;
  return [
    cache,
    actor(['aqua-batch-helper']),
    robots ? actor(['dra', '--auto', '-a', arc.executive]) : actor(['dra', '-a', 'EU'], true),
    actor(['xtss']),
    robots
      ? actor(['aqua-qa2', '--auto', 'pass=0.9,semipass=0.1,fail=0', '--cache-url', shown])
      : actor(['aqua-qa2', '--cache-url', shown], true),
    actor(['product-ingestor']),
  ];
}
