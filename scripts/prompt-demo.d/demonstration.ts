// The demonstration: servers, services, a night, and a look at what became of each visit.

import { randomBytes } from 'node:crypto';
import { PubSub } from '@google-cloud/pubsub';
import { printable } from '../../mockup/cli/prompt/visit-table.ts';
import type { Instrument } from '../../mockup/core/prompt/instruments.ts';
import { isFinal, type VisitRecord } from '../../mockup/core/prompt/visit-record.ts';
import { createSystemClock } from '../../mockup/platform/clock/system-clock.ts';
import { createNanoServer } from '../../mockup/platform/couch/nano/nano-server.ts';
import { silentLogger } from '../../mockup/platform/log/logger.ts';
import { createSeededRandom } from '../../mockup/platform/random/seeded-random.ts';
import { createSystemRandom } from '../../mockup/platform/random/system-random.ts';
import { openCloudClients } from '../../mockup/prompt/cloud/cloud-clients.ts';
import { openPostgres } from '../../mockup/prompt/databases/postgres.ts';
import { fillRepository } from '../../mockup/prompt/pipeline/central-repository.ts';
import { type Night, runNight } from '../../mockup/prompt/tester/tester.ts';
import { openTesterStorage } from '../../mockup/prompt/tester/tester-storage.ts';
import { Children } from '../handoff-demo.d/children.ts';
import { BUCKET, type Servers, startServers, startServices } from './servers.ts';
import { createVisitTable } from './visit-lines.ts';

export interface DemonstrationOptions {
  directory: string;
  instruments: readonly Instrument[];
  groups: number;
  workers: string | undefined;
  concurrency: string | undefined;
  pace: number;
  failures: number;
  lose: number;
  late: number;
  seed: string | undefined;
  /** Of the page; 0: any free one; undefined: no page. */
  dashboardPort: number | undefined;
  /** Shows the page until it is stopped. */
  stay: boolean;
  stdout: NodeJS.WriteStream;
  signal: AbortSignal;
}

export interface DemonstrationEnd {
  records: VisitRecord[];
  /** What should not be: each in one line. */
  problems: string[];
}

const LARGE_CAMERA = 50;
const LOOK_MS = 500;

export async function runDemonstration(options: DemonstrationOptions): Promise<DemonstrationEnd> {
  const { stdout, signal } = options;
  process.env.METADATA_SERVER_DETECTION = 'none';
  const children = new Children(options.directory);
  try {
    stdout.write('starting CouchDB, PostgreSQL, Pub/Sub and storage…\n');
    const servers = await abortable(startServers(children, options.directory), signal);
    Object.assign(process.env, servers.env);
    if (options.dashboardPort !== undefined)
      await showPage(children, options.dashboardPort, stdout);
    const large = options.instruments.some(({ detectors }) => detectors > LARGE_CAMERA);
    const imageTimeout_s = Math.max(20, 100 * options.pace) * (large ? 3 : 1);
    await startServices(children, options.instruments, servers, {
      workers: options.workers ?? (large ? '4..8' : '1..9'),
      concurrency: options.concurrency ?? (large ? '32' : '1'),
      ...{ pace: options.pace, failures: options.failures, imageTimeout_s },
      token: randomBytes(12).toString('base64url'),
    });
    const nights = play(options, servers, imageTimeout_s);
    const records = await watch(options, servers, nights, children);
    const problems = await check(records, await nights, servers);
    if (options.stay) await stayUntilStopped(options, children);
    return { records, problems };
  } finally {
    await children.stop();
  }
}

async function showPage(
  children: Children,
  port: number,
  stdout: NodeJS.WriteStream,
): Promise<void> {
  children.start('dashboard', 'draws', 'dashboard', '--port', String(port));
  const url = await children.said('dashboard', /(http:\/\/\S+?)[\s",]/);
  stdout.write(`dashboard: ${url.replace(/\/$/, '')}/#/visits\n`);
}

/** Until Ctrl-C, which is then no failure. */
async function stayUntilStopped(
  { signal, stdout }: DemonstrationOptions,
  children: Children,
): Promise<void> {
  stdout.write('the night is over; the page stays until Ctrl-C\n');
  const stopped = new Promise<void>((resolve) => {
    if (signal.aborted) resolve();
    signal.addEventListener('abort', () => resolve(), { once: true });
  });
  await Promise.race([stopped, children.failed]);
}

async function play(
  options: DemonstrationOptions,
  servers: Servers,
  imageTimeout_s: number,
): Promise<Night[]> {
  const cloud = await openCloudClients(process.env);
  const random =
    options.seed === undefined ? createSystemRandom() : createSeededRandom(options.seed);
  try {
    return await Promise.all(
      options.instruments.map((instrument) =>
        runNight(
          {
            ...{ clock: createSystemClock(), random, publisher: cloud.publisher },
            storage: openTesterStorage('prompt-proto'),
            onGroup: async ({ visits }) => {
              await fillRepository(servers.repository, visits);
            },
          },
          {
            ...{ instrument, groups: options.groups, bucket: BUCKET, pace: options.pace },
            ...{ late: options.late, lose: options.lose, imageTimeout_s, signal: options.signal },
          },
        ),
      ),
    );
  } finally {
    await cloud.close();
  }
}

/** Shows the visits until all that were announced are over. */
async function watch(
  options: DemonstrationOptions,
  { couchUrl }: Servers,
  nights: Promise<Night[]>,
  children: Children,
): Promise<VisitRecord[]> {
  const clock = createSystemClock();
  const random = createSystemRandom();
  const databases = createNanoServer(couchUrl, { clock, random, log: silentLogger });
  await databases.create('visits');
  const table = createVisitTable(options.stdout);
  let expected = Number.POSITIVE_INFINITY;
  nights.then(
    (all) => {
      expected = all.flatMap(({ groups }) => groups).flatMap(({ visits }) => visits).length;
    },
    () => {},
  );
  nights.catch(() => {});
  for (;;) {
    const all = await databases.open('visits').allDocs<VisitRecord>();
    const records = all.filter(({ state }) => state !== undefined);
    table.show(printable(records));
    if (
      records.length >= expected &&
      records.every(isFinal) &&
      (await isAllKnown(nights, records))
    )
      return records;
    const look = clock.sleep(LOOK_MS, options.signal);
    await Promise.race([look, children.failed, failureOf(nights)]);
  }
}

/** Each image that was uploaded is in the record of its visit, late or not. */
async function isAllKnown(
  nights: Promise<Night[]>,
  records: readonly VisitRecord[],
): Promise<boolean> {
  const known = new Set(records.flatMap(({ snaps }) => snaps.map(({ object }) => object)));
  const images = (await nights).flatMap((night) => night.images);
  return images.every(({ object, fate }) => fate === 'lost' || known.has(object));
}

async function failureOf(nights: Promise<unknown>): Promise<never> {
  await nights;
  return new Promise(() => {});
}

async function check(
  records: readonly VisitRecord[],
  nights: readonly Night[],
  { postgresUrl }: Servers,
): Promise<string[]> {
  const problems: string[] = [];
  const written = records.filter(({ state }) => state === 'processed' || state === 'partial');
  const postgres = openPostgres(postgresUrl);
  try {
    const count = async (sql: string): Promise<number> =>
      Number((await postgres.query(sql))[0]?.n);
    const visits = await count('SELECT count(*) AS n FROM apdb."DetectorVisitProcessingSummary"');
    if (visits !== written.length) {
      problems.push(`the APDB has ${visits} visits, and ${written.length} were processed`);
    }
    const expected = written.reduce((sum, { result }) => sum + (result?.diaSources ?? 0), 0);
    const sources = await count('SELECT count(*) AS n FROM apdb."DiaSource"');
    if (sources !== expected) problems.push(`the APDB has ${sources} sources, not ${expected}`);
  } finally {
    await postgres.close();
  }
  for (const { _id, snaps } of records) {
    const exposures = new Set(snaps.map(({ exposureId }) => exposureId));
    if (exposures.size !== snaps.length) problems.push(`${_id}: a snap was ingested twice`);
  }
  const images = nights.flatMap((night) => night.images);
  const lost = images.filter(({ fate }) => fate !== 'uploaded').length;
  const incomplete = records.filter(({ state }) => state !== 'processed').length;
  if (lost === 0 && incomplete > 0) {
    problems.push(`${incomplete} of ${records.length} detectors' visits were not processed whole`);
  }
  return [...problems, ...(await leftSubscriptions())];
}

/** Each worker deletes its own at its end. */
async function leftSubscriptions(): Promise<string[]> {
  const pubsub = new PubSub({ projectId: 'prompt-proto' });
  try {
    const [subscriptions] = await pubsub.getSubscriptions();
    return subscriptions
      .map(({ name }) => name.split('/').at(-1) ?? '')
      .filter((name) => name.startsWith('w-'))
      .map((name) => `subscription ${name} was left behind`);
  } finally {
    await pubsub.close();
  }
}

function abortable<T>(promise: Promise<T>, signal: AbortSignal): Promise<T> {
  signal.throwIfAborted();
  const aborted = new Promise<never>((_, reject) => {
    signal.addEventListener('abort', () => reject(signal.reason), { once: true });
  });
  return Promise.race([promise, aborted]);
}
