// Everything is killed (-9) at random points of a night: CouchDB, Pub/Sub, storage, PostgreSQL,
// cloud-run, workers. Each detector's visit is processed once, or on record as what it is.
// Long (DRAWS_LONG=1): 30 rounds of 20 visits of 9 detectors; DRAWS_ROUNDS and DRAWS_VISITS say
// other numbers.

import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, expect, test, vi } from 'vitest';
import { stringify } from 'yaml';
import { instrumentNamed } from '../../../mockup/core/prompt/instruments.ts';
import { type Visit, visitId } from '../../../mockup/core/prompt/visit.ts';
import { isFinal, type VisitRecord } from '../../../mockup/core/prompt/visit-record.ts';
import { createSystemClock } from '../../../mockup/platform/clock/system-clock.ts';
import { createNanoServer } from '../../../mockup/platform/couch/nano/nano-server.ts';
import { silentLogger } from '../../../mockup/platform/log/logger.ts';
import type { Random } from '../../../mockup/platform/random/random.ts';
import { createSeededRandom } from '../../../mockup/platform/random/seeded-random.ts';
import { makeApdb } from '../../../mockup/prompt/databases/apdb.ts';
import {
  createRepository,
  readSeedConfig,
} from '../../../mockup/prompt/databases/butler-registry.ts';
import { openPostgres } from '../../../mockup/prompt/databases/postgres.ts';
import { fillRepository } from '../../../mockup/prompt/pipeline/central-repository.ts';
import { initCloud } from '../../../mockup/prompt/service/init-cloud.ts';
import { makeGroup } from '../../../mockup/prompt/tester/night.ts';
import { debianBinaries, startDebian, type TestPostgres } from '../databases/postgres-servers.ts';
import { NightServers, type ServerName } from './night-servers.ts';
import { createTelescope } from './telescope.ts';

const isLong = process.env.DRAWS_LONG === '1';
const ROUNDS = Number(process.env.DRAWS_ROUNDS ?? (isLong ? 30 : 1));
const VISITS = Number(process.env.DRAWS_VISITS ?? (isLong ? 20 : 2));
const DETECTORS = isLong ? 9 : 3;
const KILLS = isLong ? Math.max(5, Math.ceil(1.25 * VISITS)) : 5;
/** Longer than an announcement is kept. */
const CALM_LIMIT_MS = 900_000;
const INSTRUMENT = 'LSSTComCam';
/** `databases`: Debian's PostgreSQL; the embedded one, where there is no other, is spared. */
const KILLED: ServerName[] = ['couchdb', 'pubsub', 'storage', 'databases', 'cloud-run'];

vi.setConfig({ testTimeout: ROUNDS * 1_800_000, hookTimeout: 60_000 });

let servers: NightServers | undefined;
let debian: TestPostgres | undefined;
let directory: string | undefined;

afterEach(async () => {
  await servers?.stop();
  await debian?.close();
  if (directory) rmSync(directory, { recursive: true, force: true });
});

const pause = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));

async function startNight(): Promise<NightServers> {
  directory = mkdtempSync(join(tmpdir(), 'prompt-killing-'));
  const binaries = debianBinaries();
  debian = binaries === undefined ? undefined : await startDebian(binaries);
  const postgresUrl = debian?.url;
  const night = new NightServers({
    directory,
    instrument: INSTRUMENT,
    workers: '1..4',
    postgresUrl,
  });
  servers = night;
  await night.start('couchdb');
  if (!postgresUrl) await night.start('databases');
  await night.start('pubsub');
  await night.start('storage');
  const postgres = openPostgres(night.postgresUrl);
  await makeApdb(postgres, 'apdb');
  await postgres.close();
  const seed = stringify({ registry: { db: night.postgresUrl, namespace: 'killing' } });
  mkdirSync(join(directory, 'repository'), { recursive: true });
  await createRepository(readSeedConfig(seed), join(directory, 'repository'));
  await night.start('cloud-run');
  Object.assign(process.env, night.env);
  await initCloud({
    ...{ projectId: 'prompt-proto', bucket: 'rubin-prompt-proto-main', token: 'token' },
    endpoint: `http://127.0.0.1:${night.ports['cloud-run']}/next-visit`,
    ackDeadline_s: 600,
  });
  return night;
}

/** Pids of the workers and pipelines that there are now, from the records of who works. */
async function workerPids(night: NightServers): Promise<number[]> {
  const records = await recordsOf(night).catch(() => []);
  return records.flatMap(({ claim }) => Number(claim?.worker.split('.').at(-1)) || []);
}

async function killSomebody(night: NightServers, random: Random): Promise<void> {
  const victims: (ServerName | 'worker')[] = [...KILLED, 'worker', 'worker'];
  const victim = victims[Math.floor(random.next() * victims.length)] ?? 'worker';
  if (victim === 'databases') return debian?.crash?.();
  if (victim === 'worker') {
    const pids = await workerPids(night);
    const pid = pids[Math.floor(random.next() * pids.length)];
    try {
      if (pid) process.kill(pid, 'SIGKILL');
    } catch {}
    return;
  }
  await night.kill(victim);
  await pause(random.next() * 500);
  await night.start(victim);
}

async function recordsOf(night: NightServers): Promise<VisitRecord[]> {
  const clock = createSystemClock();
  const random = createSeededRandom('records');
  const couch = createNanoServer(night.env.COUCHDB_URL ?? '', {
    clock,
    random,
    log: silentLogger,
  });
  const all = await couch.open('visits').allDocs<VisitRecord>();
  return all.filter(({ state }) => state !== undefined);
}

async function leftSubscriptions(night: NightServers): Promise<string[]> {
  const base = `http://${night.env.PUBSUB_EMULATOR_HOST}/v1/projects/prompt-proto/subscriptions`;
  const names: string[] = [];
  for (let token = ''; ; ) {
    const answer = await fetch(`${base}?pageToken=${encodeURIComponent(token)}`);
    const { subscriptions = [], nextPageToken = '' } = (await answer.json()) as {
      subscriptions?: { name: string }[];
      nextPageToken?: string;
    };
    names.push(...subscriptions.map(({ name }) => name.split('/').at(-1) ?? ''));
    if (nextPageToken === '') return names.filter((name) => name.startsWith('w-'));
    token = nextPageToken;
  }
}

async function play(night: NightServers, visits: readonly Visit[][], random: Random) {
  const stop = new AbortController();
  const telescope = createTelescope(night.env, stop.signal);
  const { snaps } = instrumentNamed(INSTRUMENT);
  let isPlaying = true;
  const playing = (async () => {
    for (const group of visits) {
      await telescope.announce(group);
      for (let snap = 0; snap < snaps; snap++) {
        await pause(300 + random.next() * 700);
        await Promise.all(group.map((visit) => telescope.upload(visit, snap)));
      }
    }
  })().finally(() => {
    isPlaying = false;
  });
  for (let kills = 0; kills < KILLS || isPlaying; kills++) {
    await pause(random.next() * (isLong ? 4000 : 2500));
    if (kills < KILLS) await killSomebody(night, random);
  }
  await playing;
}

test('whatever is killed, each visit is processed once or on record', async () => {
  const night = await startNight();
  const seed = process.env.DRAWS_SEED ?? '1';
  const random = createSeededRandom(`killing ${seed}`);
  const all: Visit[] = [];
  for (let round = 0; round < ROUNDS; round++) {
    const groups = Array.from({ length: VISITS }, (_, n) => {
      const group = 2026112800000 + round * 1000 + n * 11;
      const detectors = Array.from({ length: DETECTORS }, (_, detector) => detector);
      return makeGroup(instrumentNamed(INSTRUMENT), group, random, { detectors }).visits;
    });
    for (const visits of groups) await fillRepository(night.env.CALIB_REPO ?? '', visits);
    all.push(...groups.flat());
    await play(night, groups, random);
    await expect
      .poll(
        async () => {
          const records = await recordsOf(night);
          const over = new Set(
            records.filter((one) => isFinal(one) && !one.open).map((r) => r._id),
          );
          return all.map(visitId).filter((id) => !over.has(id));
        },
        { timeout: CALM_LIMIT_MS, interval: 500, message: `round ${round}: not over` },
      )
      .toEqual([]);
    await check(night, all);
    if (isLong) process.stderr.write(`round ${round + 1}: ${all.length} detector-visits over\n`);
  }
});

async function check(night: NightServers, visits: readonly Visit[]): Promise<void> {
  const records = await recordsOf(night);
  expect(records.map(({ _id }) => _id).sort()).toEqual(visits.map(visitId).sort());
  const written = records.filter(({ state }) => state === 'processed' || state === 'partial');
  for (const { state, snaps, visit } of written) {
    const used = new Set(snaps.flatMap((one) => (one.late ? [] : one.snap)));
    expect(used.size === visit.snaps).toBe(state === 'processed');
    expect(snaps.length).toBe(new Set(snaps.map(({ snap }) => snap)).size);
  }
  const postgres = openPostgres(night.postgresUrl);
  try {
    const rows = async (sql: string) => await postgres.query(sql);
    const summaries = await rows(
      'SELECT instrument, "group", detector FROM apdb."DetectorVisitProcessingSummary"',
    );
    const inApdb = summaries.map((row) => visitId(row as never)).sort();
    const states = new Map(records.map((record) => [record._id, record.state]));
    // Written, and then its worker died for good: on record as timed out, once in the APDB.
    const unsaid = inApdb.filter((id) => states.get(id) === 'timed-out');
    expect(inApdb).toEqual([...written.map(({ _id }) => _id), ...unsaid].sort());
    const [sources] = await rows('SELECT count(*) AS n FROM apdb."DiaSource"');
    const [logged] = await rows(
      'SELECT sum("diaSources") AS n FROM apdb."DetectorVisitProcessingSummary"',
    );
    expect(sources?.n).toBe(logged?.n);
  } finally {
    await postgres.close();
  }
  await expect.poll(() => leftSubscriptions(night), { timeout: 60_000 }).toEqual([]);
  expect(night.unexpected).toEqual([]);
}
