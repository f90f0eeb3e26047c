// One mixture from nothing to what it has left: two hosts, its actors, one OUS, and the persons who
// answer the Python actors that ask.

import { mkdtempSync, rmSync } from 'node:fs';
import { open } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { connectTo } from '../../mockup/cli/site/connection.ts';
import { databaseNames } from '../../mockup/core/databases.ts';
import { describeError } from '../../mockup/core/errors.ts';
import { documentId } from '../../mockup/core/identifiers.ts';
import type { OusDocument } from '../../mockup/core/ous/ous.ts';
import type { DatabaseServer } from '../../mockup/platform/couch/database.ts';
import { Releases } from '../../mockup/platform/process/releases.ts';
import { cacheDirectory } from '../two-hosts.d/host-plan.ts';
import { type Site, TwoHosts } from '../two-hosts.d/two-hosts.ts';
import type { Combination } from './combinations.ts';
import { areCachesEqual, type Findings, faultsOf, findAll } from './findings.ts';
import { launch, type MixedLine, runOriginal, startActors, typedForAqua } from './mixed-actors.ts';
import type { MixedOptions } from './options.ts';
import { type OriginalFiles, placeOriginals } from './original-files.ts';

const PROG_ID = '2015.1.00657.S';
const OUS_UID = 'uid://X1/X1/Xb0';
const LOOK_MS = 250;
/** What is as it must be has to stay so: an actor that takes a message for ever shows by now. */
const STAYS_MS = 4_000;

export interface MixedResult {
  name: string;
  findings?: Findings;
  faults: string[];
  duration_s: number;
  directory: string;
}

export async function runMixture(
  combination: Combination,
  options: MixedOptions,
  signal: AbortSignal,
): Promise<MixedResult> {
  const start_ms = performance.now();
  const directory = mkdtempSync(join(tmpdir(), 'draws-mixed-'));
  const releases = new Releases();
  const events: string[] = [];
  releases.add(() => options.keep || rmSync(directory, { recursive: true, force: true }));
  const result = (faults: string[], findings?: Findings): MixedResult => ({
    ...{ name: combination.name, faults, directory },
    ...(findings && { findings }),
    duration_s: Math.round((performance.now() - start_ms) / 1000),
  });
  try {
    const hosts = new TwoHosts({
      ...{ directory, keep: options.keep, pace: options.pace, failureRate: 0, maxJobs: 1 },
      atLocalhost: true,
      say: () => {},
      onEvent: ({ name, reason }) => events.push(`${name} ${reason}`),
    });
    releases.add(() => hosts.stop());
    await hosts.start();
    const servers = new Map(hosts.sites.map((site) => [site, connectTo(site.relayedUrl)]));
    for (const site of hosts.sites) await openDatabases(site);
    const files = placeAll(hosts, combination, options);
    const line: MixedLine = { hosts, combination, files: (site) => files.get(site) as never };
    await startActors(line);
    await launch(line, PROG_ID, OUS_UID);
    const server = (site: Site) => servers.get(site) as DatabaseServer;
    const persons = answerOriginals(line, server(hosts.jao), signal);
    persons.catch((error) => events.push(describeError(error)));
    const look = () =>
      findAll({
        jao: { server: server(hosts.jao), cache: cacheDirectory(hosts.plan.jao) },
        arc: { server: server(hosts.arc), cache: cacheDirectory(hosts.plan.arc) },
        ousUid: OUS_UID,
      });
    const found = await settle(look, options.timeLimit_s * 1000, signal);
    const faults = faultsOf(found);
    return result(faults.length > 0 ? [...faults, ...events.slice(0, 5)] : [], found);
  } catch (error) {
    return result([describeError(error), ...events.slice(0, 5)]);
  } finally {
    await releases.release();
  }
}

/** The Python actors know no passwords. */
async function openDatabases({ relayedUrl }: Site): Promise<void> {
  const url = new URL(relayedUrl);
  const login = Buffer.from(`${url.username}:${url.password}`).toString('base64');
  for (const name of Object.values(databaseNames)) {
    const answer = await fetch(`${url.origin}/${name}/_security`, {
      method: 'PUT',
      headers: { authorization: `Basic ${login}`, 'content-type': 'application/json' },
      body: JSON.stringify({ members: { names: [], roles: [] } }),
    });
    if (!answer.ok) throw new Error(`_security of ${name}: ${await answer.text()}`);
  }
}

function placeAll(hosts: TwoHosts, combination: Combination, options: MixedOptions) {
  const { originals, python, pace } = options;
  return new Map<Site, OriginalFiles>(
    hosts.sites.map((site) => {
      const directory = join(site.plan.directory, 'originals');
      const isPython = (program: 'pipeline' | 'pipeline-driver') => combination.isPython(program);
      return [site, placeOriginals({ originals, python, directory, pace, isPython })];
    }),
  );
}

/** Sets a manual recipe back, chooses the OUS at the Python DRA, and passes it at the Python AQUA, when it is their turn. */
async function answerOriginals(
  line: MixedLine,
  server: DatabaseServer,
  signal: AbortSignal,
): Promise<void> {
  const { jao, arc } = line.hosts;
  const ouss = server.open(databaseNames.statusEntities);
  const reports = server.open(databaseNames.pipelineReports);
  const until = async (isReached: (ous: OusDocument) => boolean | Promise<boolean>) => {
    for (;;) {
      const ous = await ouss.get<OusDocument>(documentId(OUS_UID));
      if (ous && (await isReached(ous))) return;
      await pause(signal);
    }
  };
  // A recipe for people: somebody sets the OUS back, and it gets another one.
  for (let hasRecipe = false; !hasRecipe; ) {
    await until(({ substate }) => !!substate);
    const ous = await ouss.get<OusDocument>(documentId(OUS_UID));
    hasRecipe = !ous?.substate?.startsWith('Manual');
    if (!hasRecipe) await launch(line, PROG_ID, OUS_UID);
  }
  if (line.combination.isPython('dra')) {
    await until(({ state, substate }) => state === 'ReadyForProcessing' && !!substate);
    await runOriginal(line, jao, `echo ${OUS_UID} | ./dra.py -a ${line.hosts.plan.arc.executive}`);
  }
  if (line.combination.isPython('aqua-qa2')) {
    const hasReport = async () =>
      (await reports.find({ selector: { ousUID: OUS_UID } })).length > 0;
    await until(async ({ state }) => state === 'ReadyForReview' && (await hasReport()));
    // Who reviews looks at weblog and products first, at JAO.
    await until(() => areCachesEqual(cacheDirectory(jao.plan), cacheDirectory(arc.plan)));
    const typed = await open(typedForAqua(jao), 'r+');
    await typed.write(`${OUS_UID}\nP\n`);
    await until(({ state }) => state !== 'ReadyForReview');
    await typed.close();
  }
}

/** What is left when all is well and stays so, or at the time limit. */
async function settle(
  look: () => Promise<Findings>,
  limit_ms: number,
  signal: AbortSignal,
): Promise<Findings> {
  const end_ms = performance.now() + limit_ms;
  for (;;) {
    const found = await look().catch(() => undefined);
    if (found && faultsOf(found).length === 0) {
      await pause(signal, STAYS_MS);
      return look();
    }
    if (performance.now() > end_ms) return found ?? look();
    await pause(signal);
  }
}

function pause(signal: AbortSignal, duration_ms = LOOK_MS): Promise<void> {
  signal.throwIfAborted();
  return new Promise((resolve) => setTimeout(resolve, duration_ms));
}
