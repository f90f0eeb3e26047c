// The sites that a command looks at, JAO and the ARCs, with the URLs of their servers: from options,
// from the environment (where process lists don't show passwords), and for this site from
// COUCHDB_URL.

import type { Command } from 'commander';
import { type Executive, executives, isExecutive } from '../../core/executives.ts';
import {
  type PlannedReplication,
  planReplications,
  type ReplicatedSite,
} from '../../replication/plan.ts';
import { peersOf, setUpReplications } from '../../replication/set-up-replications.ts';
import { couchdbUrl, type EnvironmentVariables, requireUrl, site } from '../environment.ts';
import { UsageError } from '../usage-error.ts';

export interface SiteOptions {
  jao?: string;
  arc: string[];
}

const collect = (value: string, earlier: string[]): string[] => [...earlier, value];

export function addSiteOptions(command: Command): Command {
  return command
    .option('--jao <url>', "JAO's server (default: COUCHDB_URL at JAO, else DRAWS_JAO_COUCHDB)")
    .option(
      '--arc <site=url>',
      "an ARC's server, may be repeated (default: DRAWS_<SITE>_COUCHDB, unseen by others)",
      collect,
      [],
    );
}

/** Those that are known; none of them need be. */
export function sitesOf(
  options: SiteOptions,
  env: EnvironmentVariables,
): { jao: ReplicatedSite | undefined; arcs: ReplicatedSite[] } {
  const here = env.DRAWS_LOCATION ? site(env) : undefined;
  const arcs = options.arc.length > 0 ? options.arc.map(parseArc) : arcsOf(env, here);
  const jaoUrl =
    options.jao ?? (here === 'JAO' ? couchdbUrl(env) : env.DRAWS_JAO_COUCHDB || undefined);
  if (here && here !== 'JAO' && !arcs.some(({ executive }) => executive === here)) {
    arcs.push({ executive: here, url: couchdbUrl(env) });
  }
  const jao = jaoUrl === undefined ? undefined : requireUrl(jaoUrl, '--jao');
  return { jao: jao === undefined ? undefined : { executive: 'JAO', url: jao }, arcs };
}

/** Those of the environment; an ARC knows of JAO and itself alone. */
function arcsOf(env: EnvironmentVariables, here: Executive | undefined): ReplicatedSite[] {
  if (here !== undefined && here !== 'JAO') return [];
  return executives.flatMap((executive) => {
    const name = `DRAWS_${executive}_COUCHDB`;
    const url = executive === 'JAO' ? undefined : env[name];
    return url ? [{ executive, url: requireUrl(url, name) }] : [];
  });
}

/** Throws UsageError where JAO or every ARC is unknown. `at`: only what this site pulls. */
export function planOf(
  options: SiteOptions,
  env: EnvironmentVariables,
  at?: string,
): PlannedReplication[] {
  const { jao, arcs } = sitesOf(options, env);
  if (!jao) {
    throw new UsageError("JAO's server is not known", {
      hint: 'give --jao URL, or at JAO set DRAWS_LOCATION=JAO and COUCHDB_URL',
    });
  }
  if (arcs.length === 0) {
    throw new UsageError('no ARC is given', {
      hint: 'such as DRAWS_EU_COUCHDB=http://host:5984, or --arc EU=http://host:5984',
    });
  }
  const plan = planReplications(jao, arcs);
  return at === undefined ? plan : pulledBy(plan, at);
}

/**
 * The replications with those sites from which this one has been set to pull; undefined where there
 * are none. Throws as `couchRequest` does.
 */
export async function knownPlan(
  env: EnvironmentVariables,
  at?: string,
): Promise<PlannedReplication[] | undefined> {
  if (!env.DRAWS_LOCATION) return undefined;
  const here = { executive: site(env), url: couchdbUrl(env) };
  const peers = peersOf(await setUpReplications(here), here.executive);
  const jao = [here, ...peers].find(({ executive }) => executive === 'JAO');
  if (!jao || peers.length === 0) return undefined;
  const plan = planReplications(jao, here === jao ? peers : [here]);
  return at === undefined ? plan : pulledBy(plan, at);
}

function pulledBy(plan: readonly PlannedReplication[], at: string): PlannedReplication[] {
  const receiver = requireSite(at, '--at');
  return plan.filter((planned) => planned.receiver.executive === receiver);
}

function parseArc(text: string): ReplicatedSite {
  const [name = '', ...rest] = text.split('=');
  const executive = requireSite(name, '--arc');
  if (executive === 'JAO') throw new UsageError('--arc is JAO', { hint: 'use --jao' });
  return { executive, url: requireUrl(rest.join('='), `--arc ${executive}`) };
}

function requireSite(text: string, option: string): Executive {
  if (isExecutive(text)) return text;
  throw new UsageError(`${option} names no site: ${JSON.stringify(text.slice(0, 20))}`, {
    hint: 'expected EA, EU, JAO or NA, with --arc as in EU=http://host:5984',
  });
}
