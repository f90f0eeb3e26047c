// Starts each actor of a mixture on its host: ours with robots in the places of persons, a Python one
// from its directory, answered by `persons.ts` where it asks.

import { execFileSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { CACHE_PORT, cacheDirectory, SSH_USER } from '../two-hosts.d/host-plan.ts';
import type { Site, TwoHosts } from '../two-hosts.d/two-hosts.ts';
import type { Combination, MixedActor } from './combinations.ts';
import type { OriginalFiles } from './original-files.ts';

/** Started by others, or once. */
const NOT_STARTED: readonly MixedActor[] = ['launcher', 'pipeline', 'pipeline-driver'];

export interface MixedLine {
  hosts: TwoHosts;
  combination: Combination;
  files(site: Site): OriginalFiles;
}

/** All that run for as long as the line does; a Python DRA runs once, when there is an OUS for it. */
export async function startActors(line: MixedLine): Promise<void> {
  const { hosts, combination } = line;
  for (const site of hosts.sites) {
    for (const planned of hosts.actorsOf(site, true)) {
      const actor = planned.args[0] as MixedActor;
      if (NOT_STARTED.includes(actor)) continue;
      if (!combination.isPython(actor)) await hosts.startActor(site, planned, ourEnv(line, site));
      else if (actor !== 'dra') await startOriginal(line, site, actor);
    }
  }
}

export async function launch(line: MixedLine, progId: string, ousUid: string): Promise<void> {
  const { hosts, combination } = line;
  if (combination.isPython('launcher')) {
    await runOriginal(line, hosts.jao, `./launcher.py ${progId} ${ousUid}`);
  } else await hosts.draws(hosts.jao, 'launcher', progId, ousUid);
}

/** Runs a command in the directory of the Python actors; resolves with its end. */
export async function runOriginal(line: MixedLine, site: Site, command: string): Promise<void> {
  const { directory, env } = line.files(site);
  await site.host.must(['bash', '-c', `cd '${directory}' && ${command}`], {
    ...site.env,
    ...env,
  });
}

/** What a person types for the Python AQUA goes in here. */
export const typedForAqua = (site: Site): string => join(site.plan.directory, 'typed-for-aqua');

async function startOriginal(line: MixedLine, site: Site, actor: MixedActor): Promise<void> {
  const { directory, env } = line.files(site);
  const { executive } = site.plan;
  const typed = typedForAqua(site);
  if (actor === 'aqua-qa2' && !existsSync(typed)) execFileSync('mkfifo', [typed]);
  const input = actor === 'aqua-qa2' ? `0<>'${typed}'` : '';
  const command = `cd '${directory}' && exec ./${actor}.py ${argumentsOf(line, actor)} ${input}`;
  await site.host.request({
    do: 'start',
    process: {
      name: `${executive}-${actor}`,
      argv: ['bash', '-c', command],
      env: { ...ourEnv(line, site), ...site.env, ...env },
      logFile: line.hosts.logOf(site, actor),
      ready: false,
    },
  });
}

function argumentsOf({ hosts }: MixedLine, actor: MixedActor): string {
  if (actor !== 'replicated-cache') return '';
  const { arc } = hosts.plan;
  return `-p ${CACHE_PORT} -euc ${SSH_USER}@${arc.name}:${cacheDirectory(arc)}`;
}

/** Whose pipeline and driver ours run, with what those need. */
function ourEnv(line: MixedLine, site: Site): Record<string, string> {
  const { combination } = line;
  const { env, driver, pipeline } = line.files(site);
  return {
    ...env,
    ...(combination.isPython('pipeline-driver') ? { DRAWS_PIPELINE_DRIVER: driver } : {}),
    ...(combination.isPython('pipeline') ? { DRAWS_PIPELINE: pipeline } : {}),
  };
}
