// One detector's visit under a virtual clock: images in time, some, none, lost events, and failures.

import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach, expect, it, vi } from 'vitest';
import { imageName } from '../../../mockup/core/prompt/image-name.ts';
import { instrumentNamed } from '../../../mockup/core/prompt/instruments.ts';
import type { CloudClients } from '../../../mockup/prompt/cloud/cloud-clients.ts';
import type * as local from '../../../mockup/prompt/pipeline/local-repository.ts';
import type { PipelineOrder } from '../../../mockup/prompt/pipeline/run-pipeline.ts';
import { PipelineFailure } from '../../../mockup/prompt/service/pipelines-in-order.ts';
import {
  processVisit,
  type VisitEnd,
  type VisitPorts,
} from '../../../mockup/prompt/service/process-visit.ts';
import {
  createVisitWorld,
  LEASE_MS,
  statesOf,
  type VisitWorld,
  visit,
} from '../visits/visit-world.ts';
import { FakeCloud } from './fake-cloud.ts';

let world: VisitWorld;
let cloud: FakeCloud;
let orders: PipelineOrder[];
let workDirectory: string;
let ingested: string[];

// What a repository needs of PostgreSQL is tested with the databases.
vi.mock('../../../mockup/prompt/pipeline/local-repository.ts', () => ({
  prepareLocalRepository: async (): Promise<local.LocalRepository> => ({
    directory: '',
    datasets: {},
    ingest: async (exposureId) => void ingested.push(exposureId),
    remove: async () => {},
  }),
}));

beforeAll(() => {
  workDirectory = mkdtempSync(join(tmpdir(), 'process-visit-'));
});
afterAll(() => rmSync(workDirectory, { recursive: true }));
beforeEach(async () => {
  world = await createVisitWorld();
  cloud = new FakeCloud();
  orders = [];
  ingested = [];
});

const now = (): string => new Date(world.clock.now()).toISOString();
const upload = (snap: number): void =>
  cloud.put(imageName({ ...visit, snap, exposureId: `e${snap}` }), now());

type More = Partial<VisitPorts> & Partial<Pick<VisitPorts['settings'], 'pipelines'>>;

function begin({ pipelines, ...more }: More = {}, options: { duration?: number } = {}) {
  const stop = new AbortController();
  const settings: VisitPorts['settings'] = {
    ...{ instrument: instrumentNamed('LSSTComCam'), token: 't', imageBucket: 'b', port: 0 },
    ...{
      calibRepo: 'r',
      registry: {},
      imageTimeout_s: 50,
      apdb: 'a',
      apdbNamespace: 'n',
      expiry_s: 3600,
    },
    ...{ pipelines, presenceUrl: undefined },
    pipeline: { seed: 1, failureRate: 0, processing_s: [1, 2] },
  };
  const ports: VisitPorts = {
    ...{ clock: world.clock, log: world.log, settings, workDirectory },
    cloud: cloud.clients as CloudClients,
    visits: world.storeOf('one'),
    pipeline: async (order) => {
      orders.push(order);
      await world.clock.sleep(8_000);
      return { diaSources: 3, diaObjects: 2, alerts: 3, already: false };
    },
    ...more,
  };
  // The clock is the test's: two that drive it would each let time pass.
  const ended = ports.visits.claim(visit).then((outcome) => {
    if (outcome.kind !== 'claimed') throw new Error(outcome.kind);
    Object.assign(outcome.visit.record.visit, options);
    return processVisit(ports, outcome.visit, stop.signal);
  });
  return {
    stop: () => stop.abort(new Error('the service stops')),
    end: (): Promise<VisitEnd> => world.clock.complete(ended),
  };
}

it('processes a visit whose images come one after the other', async () => {
  const run = begin();
  await world.clock.runFor(18_000);
  expect(cloud.subscriptions.size).toBe(1);
  expect((await world.record()).subscription).toBe([...cloud.subscriptions.keys()][0]);
  upload(0);
  await world.clock.runFor(18_000);
  upload(1);
  expect(await run.end()).toMatchObject({ state: 'processed', text: 'Pipeline executed' });
  const record = await world.record();
  expect(statesOf(record)).toEqual([
    ...['announced', 'preparing', 'waiting', 'processing', 'processed'],
  ]);
  expect(record).toMatchObject({ result: { alerts: 3, pipeline: 'ApPipe.yaml' } });
  expect(record.latency_s).toBeCloseTo(8, 0);
  expect(record).not.toHaveProperty('open');
  expect(cloud.subscriptions.size).toBe(0);
  expect(ingested).toEqual(['e0', 'e1']);
});

it('processes what came where nobody can say whether there is more', async () => {
  const run = begin();
  await world.clock.runFor(1000);
  upload(0);
  cloud.failing.add('list');
  expect(await run.end()).toMatchObject({ state: 'partial' });
  expect(ingested).toEqual(['e0']);
});

it('takes what was there before it listened', async () => {
  upload(0);
  upload(1);
  expect(await begin().end()).toMatchObject({ state: 'processed' });
});

it('processes what came when the time is over, and finds an image whose event was lost', async () => {
  const first = begin();
  await world.clock.runFor(1000);
  upload(1);
  expect(await first.end()).toMatchObject({ state: 'partial' });
  expect(orders[0]?.exposures).toEqual(['e1']);

  world = await createVisitWorld();
  const second = begin();
  await world.clock.runFor(1000);
  cloud.loses = true;
  upload(0);
  expect(await second.end()).toMatchObject({ state: 'processed' });
});

it('asks the presence service before and after the wait, where there is one', async () => {
  const asked: number[] = [];
  let isThere = false;
  cloud.failing.add('list');
  const run = begin({
    presence: async (_visit, snap) => {
      asked.push(snap);
      return isThere ? imageName({ ...visit, snap, exposureId: `e${snap}` }) : undefined;
    },
  });
  await world.clock.runFor(20_000);
  expect(asked).toEqual([0, 1]);
  isThere = true;
  expect(await run.end()).toMatchObject({ state: 'processed' });
  expect(asked).toEqual([0, 1, 0, 1]);
});

it('has no data where none came, after the script’s time where the visit says it', async () => {
  const begun = world.clock.monotonic();
  expect(await begin().end()).toMatchObject({ state: 'no-data', text: 'No data to process' });
  expect(world.clock.monotonic() - begun).toBe(50_000);
  expect(orders).toEqual([]);

  world = await createVisitWorld();
  const again = world.clock.monotonic();
  await begin({}, { duration: 100 }).end();
  expect(world.clock.monotonic() - again).toBe(120_000);
});

it.each([
  [new PipelineFailure('difference imaging failed', true), true],
  [new PipelineFailure('nobody knows what was written', false), false],
  [new Error('the network'), true],
])('says of %o whether it can be tried again', async (failure, retriable) => {
  upload(0);
  upload(1);
  const run = begin({ pipeline: () => Promise.reject(failure) });
  expect(await run.end()).toMatchObject({ state: 'failed', text: 'Pipeline failed' });
  expect(await world.record()).toMatchObject({ state: 'failed', retriable });
  expect(cloud.subscriptions.size).toBe(0);
});

it('removes the subscription that a dead worker left, before it makes its own', async () => {
  const dead = await world.claim('dead');
  await world.clock.complete(world.storeOf('dead').note(dead, () => ({ subscription: 'w-dead' })));
  cloud.subscriptions.set('w-dead', () => {});
  await world.clock.runFor(21_000);
  const run = begin();
  // Its claim is watched for a lease.
  await world.clock.runFor(LEASE_MS + 1000);
  expect([...cloud.subscriptions.keys()]).not.toContain('w-dead');
  expect(cloud.subscriptions.size).toBe(1);
  await run.end();
});

it('leaves the name of a subscription that it could not remove on record', async () => {
  const run = begin();
  await world.clock.runFor(1000);
  cloud.failing.add('end');
  await run.end();
  const record = await world.record();
  expect(record).toMatchObject({ state: 'no-data', open: true });
  expect(cloud.subscriptions.has(record.subscription ?? '')).toBe(true);
});

it('ends as a failure that is tried again when the service stops', async () => {
  const run = begin();
  await world.clock.runFor(1000);
  run.stop();
  expect(await run.end()).toMatchObject({ state: 'failed' });
  expect(await world.record()).toMatchObject({ state: 'failed', retriable: true });
});

it('stops where another worker has taken the visit over, and writes nothing more', async () => {
  const run = begin();
  await world.clock.runFor(1000);
  await world.clock.complete(
    world.storeOf('cloud-run').abandoned(visit, 'one', 'timed-out', 'it took too long'),
  );
  await world.claim('two');
  upload(0);
  upload(1);
  await expect(run.end()).rejects.toThrow(/taken over/);
  expect(orders).toEqual([]);
  expect(statesOf(await world.record()).at(-1)).toBe('preparing');
  expect(cloud.subscriptions.size).toBe(0);
});

it('drops images that are more than a degree off the announced sky angle', async () => {
  const raw = (angle: number): Buffer =>
    Buffer.from(
      ['SIMPLE  =                    T', `ROTPA   = ${angle} / degrees`, 'END']
        .map((card) => card.padEnd(80))
        .join(''),
    );
  upload(0);
  upload(1);
  cloud.contents.set(imageName({ ...visit, snap: 0, exposureId: 'e0' }), raw(visit.rot - 360.9));
  cloud.contents.set(imageName({ ...visit, snap: 1, exposureId: 'e1' }), raw(visit.rot + 1.1));
  expect(await begin().end()).toMatchObject({ state: 'partial' });
  expect(ingested).toEqual(['e0']);
  expect(orders[0]?.exposures).toEqual(['e0']);
  const dropped = (await world.record()).snaps.map((snap) => snap.dropped === true);
  expect(dropped).toEqual([false, true]);
});

it('has no data where all images are of another sky angle', async () => {
  upload(0);
  const cards = ['SIMPLE  =                    T', 'ROTPA   = 120.0', 'END'];
  const raw = Buffer.from(cards.map((card) => card.padEnd(80)).join(''));
  cloud.contents.set(imageName({ ...visit, snap: 0, exposureId: 'e0' }), raw);
  expect(await begin().end()).toMatchObject({ state: 'no-data' });
  expect((await world.record()).history.at(-1)?.reason).toMatch(/sky angle/);
});

it.each([
  [true, 'processed', 'Simple.yaml'],
  [false, 'failed', undefined],
])(
  'tries the next pipeline where one failed and nothing was written (%s)',
  async (retriable, state, name) => {
    upload(0);
    upload(1);
    let tried = 0;
    const run = begin({
      pipeline: async () => {
        tried += 1;
        if (tried === 1) throw new PipelineFailure('no convergence', retriable);
        return { diaSources: 1, diaObjects: 1, alerts: 0, already: false };
      },
      pipelines: [{ pipelines: ['ApPipe.yaml', 'Simple.yaml'] }],
    });
    expect(await run.end()).toMatchObject({ state });
    const record = await world.record();
    expect(record.result?.pipeline).toBe(name);
    expect(record.history.at(-1)?.reason).toContain('no convergence');
  },
);
