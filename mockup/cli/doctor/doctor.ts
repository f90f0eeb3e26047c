// `draws doctor`: looks at all that two hosts need of each other, and says of each what is wrong
// and what to do. Examinations do not depend on each other: one that fails hides no other.

import { databaseNames } from '../../core/databases.ts';
import { isExecutive } from '../../core/executives.ts';
import type { ActorDocument } from '../../platform/actor/actor-document.ts';
import { readActor } from '../../platform/actor/actor-document.ts';
import { isRemote } from '../../platform/files/rsync-command.ts';
import {
  type PlannedReplication,
  planReplications,
  type ReplicatedSite,
} from '../../replication/plan.ts';
import { peersOf, setUpReplications } from '../../replication/set-up-replications.ts';
import {
  caches,
  couchdbUrl,
  type EnvironmentVariables,
  localCache,
  runsDirectory,
  siteOr,
} from '../environment.ts';
import { connectTo } from '../site/connection.ts';
import { type SiteOptions, sitesOf } from '../site/replicated-sites.ts';
import { siteWithCache } from '../up/line-file.ts';
import { examineActors } from './actors.ts';
import { examineDirectories } from './cache-directories.ts';
import { examineClocks } from './clocks.ts';
import { examineDatabases } from './databases.ts';
import { areas, type Finding, failure, problem, well } from './finding.ts';
import type { Patient } from './patient.ts';
import { examinePorts } from './ports.ts';
import { examineRemoteCaches } from './remote-caches.ts';
import { examineReplications } from './replications.ts';
import { examineVersions } from './versions.ts';

export interface DoctorOptions extends SiteOptions {
  /** Default: those of the line that has this cache, else 8000 and 5000. */
  ports: { cache?: number | '' | undefined; dashboard?: number | '' | undefined };
}

const GIVE_UP_AFTER_MS = 2_000;
const CACHE_PORT = 8000;
const DASHBOARD_PORT = 5000;

/** All findings, in the order of their areas. Throws ConfigurationError for a bad environment. */
export async function examine(
  options: DoctorOptions,
  env: EnvironmentVariables,
): Promise<Finding[]> {
  const patient = await getToKnow(options, env);
  const examinations = [
    examineVersions,
    async () => examineEnvironment(patient),
    examineDatabases,
    examineReplications,
    examineDirectories,
    examineRemoteCaches,
    examineClocks,
    examinePorts,
    examineActors,
  ];
  const findings = await Promise.all(
    examinations.map((one) => one(patient).catch((error) => [failure('environment', error)])),
  );
  return findings.flat().sort((a, b) => areas.indexOf(a.area) - areas.indexOf(b.area));
}

async function getToKnow(options: DoctorOptions, env: EnvironmentVariables): Promise<Patient> {
  const here: ReplicatedSite = { executive: siteOr(env, 'JAO'), url: couchdbUrl(env) };
  const given = sitesOf(options, env);
  let unread: Error | undefined;
  const known = await setUpReplications(here).catch((error: Error) => {
    unread = error;
    return undefined;
  });
  const cache = env.DRAWS_LOCAL_CACHE ? localCache(env) : undefined;
  const line = cache === undefined ? undefined : siteWithCache(cache);
  const named = [given.jao, ...given.arcs].filter((site) => site !== undefined);
  const others = named.filter(({ executive }) => executive !== here.executive);
  const peers = others.length > 0 ? others : peersOf(known ?? [], here.executive);
  return {
    env,
    here,
    peers,
    plan: others.length > 0 ? wantedBy(here, peers) : expectedWith(here, peers, known ?? []),
    unread,
    actors: await readActors(here),
    localCache: cache,
    runsDirectory: cache && (env.DRAWS_RUNS || !line ? runsDirectory(env) : line.runsDirectory),
    remoteCaches: Object.entries(caches(env)).flatMap(([executive, address]) =>
      isExecutive(executive) && executive !== here.executive && isRemote(address)
        ? [{ executive, address }]
        : [],
    ),
    ports: {
      cache: options.ports.cache || line?.cachePort || CACHE_PORT,
      dashboard: options.ports.dashboard || line?.dashboardPort || DASHBOARD_PORT,
    },
    now_ms: Date.now(),
  };
}

/** Where one replication with a site is set up, all of them are wanted. */
function expectedWith(
  here: ReplicatedSite,
  peers: readonly ReplicatedSite[],
  known: readonly PlannedReplication[],
): PlannedReplication[] {
  const wanted = wantedBy(here, peers);
  return [...wanted, ...known.filter(({ id }) => !wanted.some((one) => one.id === id))];
}

function wantedBy(here: ReplicatedSite, peers: readonly ReplicatedSite[]): PlannedReplication[] {
  const isJao = here.executive === 'JAO';
  const jao = isJao ? here : peers.find(({ executive }) => executive === 'JAO');
  if (!jao) return [];
  const arcs = isJao ? peers : [here];
  return planReplications(jao, arcs).filter(
    ({ receiver }) => receiver.executive === here.executive,
  );
}

async function readActors({ url }: ReplicatedSite): Promise<ActorDocument[]> {
  const actors = connectTo(url, GIVE_UP_AFTER_MS).open(databaseNames.actors);
  const found = await actors.allDocs().catch(() => []);
  return found.flatMap((doc) => readActor(doc) ?? []);
}

/** What the variables leave open; nonsense in them is refused before. */
function examineEnvironment({ env, here, peers }: Patient): Finding[] {
  const findings: Finding[] = [];
  if (env.DRAWS_LOCATION) findings.push(well('environment', `this is ${here.executive}`));
  else {
    const what = 'DRAWS_LOCATION is not set; looked at as JAO';
    findings.push(problem('environment', what, 'export DRAWS_LOCATION=JAO, or EA, EU or NA'));
  }
  if (here.executive !== 'JAO') return findings;
  const known = Object.keys(caches(env));
  for (const { executive } of peers) {
    if (known.includes(executive)) continue;
    const what = `it is not known where the cache of ${executive} is`;
    const advice = `export DRAWS_${executive}_CACHE=user@host:directory`;
    findings.push(problem('environment', what, advice));
  }
  return findings;
}
