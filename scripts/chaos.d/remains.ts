// What is left when it is calm again, read from databases and caches without any of the actors'
// code: nothing lost, nothing twice, no conflict, and every product as the Pipeline wrote it.

import { createHash } from 'node:crypto';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { createSystemClock } from '../../mockup/platform/clock/system-clock.ts';
import type { DatabaseServer } from '../../mockup/platform/couch/database.ts';
import { createNanoServer } from '../../mockup/platform/couch/nano-server.ts';
import { createLocalFiles } from '../../mockup/platform/files/local-files.ts';
import { silentLogger } from '../../mockup/platform/log/logger.ts';
import { createSystemRandom } from '../../mockup/platform/random/system-random.ts';
import { couchRequest } from '../../mockup/replication/couch-request.ts';
import { type CheckedSite, checkLine } from '../../mockup/simulator/checkers/line-checker.ts';
import type { ChaosSite, ChaosWorld } from './chaos-world.ts';

const GIVE_UP_AFTER_MS = 20_000;
const PRODUCT = /^(product-\d|weblog|pl-report)-.*\.(data|zip|xml)$/;

export async function findProblems(
  { jao, arc }: ChaosWorld,
  ousUids: readonly string[],
): Promise<string[]> {
  const checked = (site: ChaosSite): CheckedSite => ({
    name: site.name,
    server: connect(site.url),
    cache: { files: createLocalFiles(), directory: site.cache },
  });
  const lines = await checkLine({ jao: checked(jao), arcs: [checked(arc)], ousUids });
  const conflicts = await Promise.all([jao, arc].map(findConflicts));
  return [...lines, ...conflicts.flat(), ...compareWithRuns(arc), ...leftovers(jao)];
}

export function connect(url: string): DatabaseServer {
  return createNanoServer(url, {
    clock: createSystemClock(),
    random: createSystemRandom(),
    log: silentLogger,
    giveUpAfter_ms: GIVE_UP_AFTER_MS,
  });
}

interface LeafChange {
  id: string;
  changes: { rev: string }[];
}

/** Documents with more than one leaf that is not deleted. Heartbeats are nobody's data. */
async function findConflicts({ name, url }: ChaosSite): Promise<string[]> {
  const server = { executive: 'JAO' as const, url };
  const found: string[] = [];
  const databases = (await couchRequest(server, '/_all_dbs')).body as string[];
  for (const database of databases.filter((one) => !one.startsWith('_') && one !== 'actors')) {
    const { results } = (await couchRequest(server, `/${database}/_changes?style=all_docs`))
      .body as { results: LeafChange[] };
    for (const { id } of results.filter((one) => one.changes.length > 1)) {
      const path = `/${database}/${encodeURIComponent(id)}?conflicts=true`;
      const { body } = await couchRequest(server, path);
      const { _conflicts } = body as { _conflicts?: string[] };
      if (_conflicts) found.push(`${name}: ${database}/${id} has ${_conflicts.length} conflicts`);
    }
  }
  return found;
}

/** Files by their names, which hold OUS and time of the run. */
function filesBelow(directory: string, found = new Map<string, string>()): Map<string, string> {
  for (const entry of readdirSync(directory, { withFileTypes: true })) {
    const path = join(directory, entry.name);
    if (entry.isDirectory()) filesBelow(path, found);
    else if (PRODUCT.test(entry.name)) found.set(entry.name, path);
  }
  return found;
}

const digest = (path: string): string =>
  createHash('sha256').update(readFileSync(path)).digest('hex');

/** The cache holds what the Pipeline wrote in its run directories, byte for byte. */
function compareWithRuns({ name, cache, runs }: ChaosSite): string[] {
  const written = filesBelow(runs);
  const problems: string[] = [];
  for (const [file, path] of filesBelow(cache)) {
    const original = written.get(file);
    if (!original) problems.push(`${name}: ${file} is in the cache, no run wrote it`);
    else if (digest(original) !== digest(path)) problems.push(`${name}: ${file} was changed`);
  }
  return problems;
}

/** Half transfers that nobody will ever complete. */
function leftovers({ name, cache }: ChaosSite): string[] {
  return readdirSync(cache)
    .filter((file) => /^\.(incoming|part)-/.test(file))
    .map((file) => `${name}: ${file} was left in the cache`);
}
