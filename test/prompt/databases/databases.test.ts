import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Visit } from '../../../mockup/core/prompt/visit.ts';
import { createSystemClock } from '../../../mockup/platform/clock/system-clock.ts';
import { createSeededRandom } from '../../../mockup/platform/random/seeded-random.ts';
import type { Publisher } from '../../../mockup/prompt/cloud/cloud-clients.ts';
import {
  isWritten,
  makeApdb,
  publishAlerts,
  writeDiaResult,
} from '../../../mockup/prompt/databases/apdb.ts';
import {
  createRepository,
  dropNamespace,
  listNamespaces,
  readSeedConfig,
  registryAccess,
} from '../../../mockup/prompt/databases/butler-registry.ts';
import { openPostgres, type Postgres } from '../../../mockup/prompt/databases/postgres.ts';
import { fillRepository } from '../../../mockup/prompt/pipeline/central-repository.ts';
import { differenceImaging } from '../../../mockup/prompt/pipeline/difference-imaging.ts';
import { prepareLocalRepository } from '../../../mockup/prompt/pipeline/local-repository.ts';
import { runPipeline } from '../../../mockup/prompt/pipeline/run-pipeline.ts';
import {
  debianBinaries,
  startDebian,
  startEmbedded,
  type TestPostgres,
} from './postgres-servers.ts';

const visit = {
  ...{ instrument: 'LSSTComCam', detector: 4, group: '2026112800011', snaps: 2, filter: 'r' },
  ...{ ra: 359.95, dec: -20, rot: 30, kind: 'SURVEY' },
};
const time = '2026-11-28T01:02:03.000Z';
const debian = debianBinaries();
const servers = {
  embedded: startEmbedded,
  ...(debian !== undefined && { "Debian's": () => startDebian(debian) }),
};

describe.each(Object.entries(servers))('databases on %s PostgreSQL', (_, start) => {
  let server: TestPostgres;
  let postgres: Postgres;
  let directory: string;

  beforeAll(async () => {
    directory = mkdtempSync(join(tmpdir(), 'prompt-databases-'));
    server = await start();
    postgres = openPostgres(server.url);
    await makeApdb(postgres, 'apdb');
  }, 300_000);

  afterAll(async () => {
    await postgres.close();
    await server.close();
    rmSync(directory, { recursive: true });
  });

  const count = async (table: string): Promise<number> =>
    Number((await postgres.query(`SELECT count(*) AS n FROM apdb."${table}"`))[0]?.n);

  it('writes a visit once, whole or not at all', async () => {
    const result = differenceImaging({ visit, snaps: 2, seed: 1, time });
    const alerts = result.sources.map(({ diaSourceId }) => ({
      ...{ alertId: diaSourceId, instrument: visit.instrument, alert: '{}' },
    }));
    const twice = [...alerts, ...alerts.slice(0, 1)];
    await expect(writeDiaResult(postgres, 'apdb', result, twice)).rejects.toThrow(/AlertOutbox/);
    expect(await count('DiaSource')).toBe(0);
    expect(await isWritten(postgres, 'apdb', visit)).toBe(false);
    const published: string[] = [];
    const publish = async (left: readonly { alertId: string }[]): Promise<void> =>
      void published.push(...left.map(({ alertId }) => alertId));
    await publishAlerts(postgres, 'apdb', visit, publish);
    expect(published).toEqual([]);
    expect(await writeDiaResult(postgres, 'apdb', result, alerts)).toBe(true);
    expect(await writeDiaResult(postgres, 'apdb', result, alerts)).toBe(false);
    const refused = new Error('the alerts could not be published');
    const failing = publishAlerts(postgres, 'apdb', visit, () => Promise.reject(refused));
    await expect(failing).rejects.toBe(refused);
    await publishAlerts(postgres, 'apdb', visit, publish);
    await publishAlerts(postgres, 'apdb', visit, publish);
    expect(published.sort()).toEqual(alerts.map(({ alertId }) => alertId).sort());
    expect(await count('DiaSource')).toBe(result.sources.length);
    expect(await count('DiaForcedSource')).toBe(result.forced.length);
    expect(await count('DetectorVisitProcessingSummary')).toBe(1);
  });

  it('writes nothing where its visit went to another worker meanwhile', async () => {
    const clock = createSystemClock();
    const lost = runPipeline(
      {
        clock,
        random: createSeededRandom('lost'),
        publisher: { publish: async () => {}, close: async () => {} },
        confirm: () => Promise.reject(new Error('taken over')),
      },
      {
        ...{ visit: { ...visit, detector: 7 } as Visit, exposures: ['1'], seed: 1 },
        ...{ apdb: server.url, namespace: 'apdb', alertTopic: 'alerts' },
        ...{ failureRate: 0, processing_s: [0, 0] as [number, number] },
      },
    );
    const before = await count('DetectorVisitProcessingSummary');
    await expect(lost).rejects.toThrow('taken over');
    expect(await count('DetectorVisitProcessingSummary')).toBe(before);
  });

  it('publishes what a pipeline left that died before it could', async () => {
    const clock = createSystemClock();
    const published: string[] = [];
    const run = (publish: Publisher['publish']) =>
      runPipeline(
        {
          clock,
          random: createSeededRandom('alerts'),
          publisher: { publish, close: async () => {} },
          confirm: async () => {},
        },
        {
          ...{ visit: { ...visit, detector: 5 } as Visit, exposures: ['1', '2'], seed: 1 },
          ...{ apdb: server.url, namespace: 'apdb', alertTopic: 'alerts' },
          ...{ failureRate: 0, processing_s: [0, 0] as [number, number] },
        },
      );
    await expect(run(() => Promise.reject(new Error('away')))).rejects.toThrow('away');
    const answer = await run(async (_topic, messages) => {
      published.push(...messages.map(({ attributes }) => attributes.alertId ?? ''));
    });
    expect(answer.already).toBe(true);
    expect(new Set(published).size).toBe(answer.alerts);
  });

  it('makes, fills, lists and drops a repository in a schema of its own', async () => {
    const repository = join(directory, 'repository');
    const config = { db: server.url, namespace: 'central' };
    await createRepository(config, repository);
    await expect(createRepository(config, join(directory, 'other'))).rejects.toMatchObject({
      code: 'namespace_taken',
    });
    expect(await listNamespaces(postgres)).toEqual(['central']);
    const local = (name: string) =>
      prepareLocalRepository(repository, join(directory, name), visit);
    await expect(local('empty')).rejects.toMatchObject({
      code: 'no_calibration',
      retriable: true,
    });
    const others = [0, 1].map((detector) => ({ ...visit, detector }));
    expect(await fillRepository(repository, [visit, ...others])).toBeGreaterThan(0);
    expect(await fillRepository(repository, [visit])).toBe(0);
    const prepared = await local('local');
    expect(prepared.datasets).toMatchObject({ bias: 1, dark: 1, flat: 1 });
    await prepared.ingest('17', Buffer.from('Test'));
    await expect(prepared.ingest('17', Buffer.from('Test'))).rejects.toThrow('EEXIST');
    // The registry has moved, as the environment says.
    const file = join(repository, 'butler.yaml');
    const { host } = new URL(server.url);
    writeFileSync(file, readFileSync(file, 'utf8').replace(host, '127.0.0.1:9'));
    await expect(local('moved')).rejects.toThrow(/ECONNREFUSED/);
    const access = registryAccess({ IP_REGISTRY: host, PSQL_REGISTRY_PASS: 'p@ss/word' });
    const moved = await prepareLocalRepository(repository, join(directory, 'm'), visit, access);
    expect(moved.datasets).toMatchObject({ bias: 1 });
    expect(() => registryAccess({ IP_REGISTRY: 'host/path?x' })).toThrow(/IP_REGISTRY/);
    await dropNamespace(postgres, 'central');
    expect(await listNamespaces(postgres)).toEqual([]);
    await expect(dropNamespace(postgres, 'apdb')).rejects.toMatchObject({ code: 'no_namespace' });
  });
});

describe('a seed configuration', () => {
  it.each([
    ['registry: {db: postgresql://h/d}', /public/],
    ['registry: {db: postgresql://h/d, namespace: public}', /namespace/],
    ['registry: {db: postgresql://h/d, namespace: "a; drop"}', /letters/],
    ['registry: {}', /registry.db/],
  ])('%s is refused', (text, reason) => {
    const read = () => readSeedConfig(text);
    expect(read).toThrow();
    try {
      read();
    } catch (error) {
      const { message, hint } = error as { message: string; hint?: string };
      expect(`${message} ${hint}`).toMatch(reason);
    }
  });
});

it('finds the same in the same visit, and other things with another seed', () => {
  const find = (seed: number) => differenceImaging({ visit, snaps: 2, seed, time });
  expect(find(1)).toEqual(find(1));
  expect(find(1).sources).not.toEqual(find(2).sources);
});
