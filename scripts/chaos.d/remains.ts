// What is left when it is calm again, read from databases and caches without any of the actors'
// code: nothing lost, nothing twice, no conflict, and every product as the Pipeline wrote it.

import { createHash } from 'node:crypto';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { createSystemClock } from '../../mockup/platform/clock/system-clock.ts';
import type { DatabaseServer } from '../../mockup/platform/couch/database.ts';
import { createNanoServer } from '../../mockup/platform/couch/nano/nano-server.ts';
import { createLocalFiles } from '../../mockup/platform/files/local-files.ts';
import { silentLogger } from '../../mockup/platform/log/logger.ts';
import { createSystemRandom } from '../../mockup/platform/random/system-random.ts';
import { couchRequest } from '../../mockup/replication/couch-request.ts';
import type { ReplicatedSite } from '../../mockup/replication/plan.ts';
import { type CheckedSite, checkLine } from '../../mockup/simulator/checkers/line-checker.ts';
import type { ChaosSite, ChaosWorld } from './chaos-world.ts';

const GIVE_UP_AFTER_MS = 20_000;
const PRODUCT = /^(product-\d|weblog|pl-report)-(.*)\.(data|zip|xml)$/;

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
  return [
    ...lines,
    ...conflicts.flat(),
    ...compareWithRuns(arc),
    ...(await compareReports(jao, arc)),
    ...leftovers(jao),
  ];
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
  const server: ReplicatedSite = { executive: 'JAO', url };
  const found: string[] = [];
  const databases = (await couchRequest(server, '/_all_dbs')).body as string[];
  for (const database of databases.filter((one) => !one.startsWith('_') && one !== 'actors')) {
    const { results } = (await couchRequest(server, `/${database}/_changes?style=all_docs`))
      .body as { results: LeafChange[] };
    for (const { id } of results.filter((one) => one.changes.length > 1)) {
      const path = `/${database}/${encodeURIComponent(id)}?conflicts=true`;
      const { body } = await couchRequest(server, path);
      const { _conflicts } = body as { _conflicts?: string[] };
      if (!_conflicts) continue;
      const leaves = await Promise.all(
        ['', ..._conflicts].map((rev) => leafOf(server, path, rev)),
      );
      found.push(`${name}: ${database}/${id} has rival leaves: ${leaves.join(' and ')}`);
    }
  }
  return found;
}

/** What tells who wrote it. */
async function leafOf(server: ReplicatedSite, path: string, rev: string): Promise<string> {
  const one = rev === '' ? path : `${path}&rev=${rev}`;
  const { _rev, selector, sender, state, delivery } = (await couchRequest(server, one))
    .body as Record<string, unknown>;
  return JSON.stringify({ _rev, selector, sender, state, delivery });
}

type Found = [file: string, path: string];

/** By their names, which hold OUS and time of the run; a weblog is in a cache twice. */
function filesBelow(directory: string): Found[] {
  return readdirSync(directory, { withFileTypes: true }).flatMap((entry): Found[] => {
    const path = join(directory, entry.name);
    if (entry.isDirectory()) return filesBelow(path);
    return PRODUCT.test(entry.name) ? [[entry.name, path]] : [];
  });
}

const digest = (path: string): string =>
  createHash('sha256').update(readFileSync(path)).digest('hex');

/** OUS and time of a run, as they stand in the names of all its files. */
const runOf = (file: string): string => PRODUCT.exec(file)?.[2] ?? '';

/**
 * The cache holds what the Pipeline wrote in its run directories, byte for byte, and all of a run
 * of which it holds anything.
 */
function compareWithRuns({ name, cache, runs }: ChaosSite): string[] {
  const written = new Map(filesBelow(runs));
  const cached = filesBelow(cache);
  const problems: string[] = [];
  for (const [file, path] of cached) {
    const original = written.get(file);
    if (!original) problems.push(`${name}: ${file} is in the cache, no run wrote it`);
    else if (digest(original) !== digest(path)) problems.push(`${name}: ${file} was changed`);
  }
  const files = new Set(cached.map(([file]) => file));
  const present = new Set([...files].map(runOf));
  for (const file of written.keys()) {
    if (files.has(file) || !present.has(runOf(file))) continue;
    problems.push(`${name}: ${file} is not in the cache, others of its run are`);
  }
  return problems;
}

/** Each report in the database is one that a run wrote. */
async function compareReports(jao: ChaosSite, { runs }: ChaosSite): Promise<string[]> {
  const reports = filesBelow(runs).filter(([file]) => file.startsWith('pl-report-'));
  const contents = new Set(reports.map(([, path]) => readFileSync(path).toString('base64')));
  const server = { executive: 'JAO' as const, url: jao.url };
  const path = '/pipeline-reports/_all_docs?include_docs=true';
  const { rows } = (await couchRequest(server, path)).body as { rows: { doc: ReportDocument }[] };
  return rows
    .filter(({ doc }) => !doc._id.startsWith('_design/') && !contents.has(doc.encodedReport ?? ''))
    .map(({ doc }) => `${jao.name}: pipeline-reports/${doc._id} is no report that a run wrote`);
}

interface ReportDocument {
  _id: string;
  encodedReport?: string;
}

/** Half transfers that nobody will ever complete. */
function leftovers({ name, cache }: ChaosSite): string[] {
  return readdirSync(cache)
    .filter((file) => /^\.(incoming|part)-/.test(file))
    .map((file) => `${name}: ${file} was left in the cache`);
}
