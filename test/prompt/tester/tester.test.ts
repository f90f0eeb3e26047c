// The telescope's side against the real storage server: in time, late, lost, sample raws, and a
// connection that breaks in the middle.

import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { connect, createServer, type Server } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Storage } from '@google-cloud/storage';
import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { readImageName } from '../../../mockup/core/prompt/image-name.ts';
import { instrumentNamed } from '../../../mockup/core/prompt/instruments.ts';
import { createSystemClock } from '../../../mockup/platform/clock/system-clock.ts';
import { silentLogger } from '../../../mockup/platform/log/logger.ts';
import { createSeededRandom } from '../../../mockup/platform/random/seeded-random.ts';
import { type StorageServer, startStorageServer } from '../../../mockup/prompt/storage/server.ts';
import { runNight, type TesterOptions } from '../../../mockup/prompt/tester/tester.ts';
import { openTesterStorage } from '../../../mockup/prompt/tester/tester-storage.ts';
import { createVirtualClock } from '../../../mockup/simulator/clock/virtual-clock.ts';
import { createSimulatedServer } from '../../../mockup/simulator/store/simulated-server.ts';

vi.setConfig({ testTimeout: 120_000 });

let directory: string;
let server: StorageServer;
let proxy: Server;
let broken: number;
let storage: Storage;
let published: string[];

beforeEach(async () => {
  directory = mkdtempSync(join(tmpdir(), 'tester-'));
  const clock = createVirtualClock();
  const couch = createSimulatedServer({ clock });
  await clock.complete(couch.create('storage'));
  server = await startStorageServer({
    ...{ clock, log: silentLogger, database: couch.open('storage'), directory },
    ...{ host: '127.0.0.1', port: 0, publish: async () => {} },
  });
  broken = 0;
  published = [];
  proxy = createServer((socket) => {
    const { hostname, port } = new URL(server.url);
    const onwards = connect(Number(port), hostname);
    for (const one of [socket, onwards]) one.on('error', () => {});
    socket.on('close', () => onwards.destroy());
    onwards.on('close', () => socket.destroy());
    onwards.pipe(socket);
    socket.on('data', (bytes) => {
      if (broken > 0 && bytes.includes('POST /upload')) {
        broken -= 1;
        socket.destroy();
      } else onwards.write(bytes);
    });
  });
  proxy.listen(0, '127.0.0.1');
  await once(proxy, 'listening');
  const { port } = proxy.address() as { port: number };
  vi.stubEnv('STORAGE_EMULATOR_HOST', `http://127.0.0.1:${port}`);
  storage = openTesterStorage('prompt-proto');
  await storage.createBucket('raws');
});
afterEach(async () => {
  vi.unstubAllEnvs();
  await server.close();
  proxy.close();
  rmSync(directory, { recursive: true });
});

function play(more: Partial<TesterOptions> = {}) {
  const publisher = {
    publish: async (topic: string, messages: readonly { data: Buffer }[]) =>
      void published.push(...messages.map(({ data }) => `${topic} ${data}`)),
    close: async () => {},
  };
  return runNight(
    { clock: createSystemClock(), random: createSeededRandom('7'), publisher, storage },
    {
      ...{ instrument: instrumentNamed('LSSTComCam'), groups: 1, bucket: 'raws', pace: 0 },
      ...{ late: 0, lose: 0, imageTimeout_s: -2, ...more },
    },
  );
}

const names = async (): Promise<string[]> => {
  const [files] = await storage.bucket('raws').getFiles();
  return files.map(({ name }) => name);
};

it('announces each detector, and uploads each snap under its name', async () => {
  const { groups, images } = await play();
  expect(published).toHaveLength(9);
  expect(await names()).toEqual(images.map(({ object }) => object).sort());
  expect(images).toHaveLength(18);
  for (const { object } of images) {
    expect(readImageName(object)).toMatchObject({ group: groups[0]?.group });
  }
  // The next night goes on after the last group.
  const again = await play();
  expect(Number(again.groups[0]?.group)).toBeGreaterThan(Number(groups[0]?.group));
});

it('sends an upload again whose connection broke', async () => {
  broken = 5;
  const { images } = await play();
  expect(broken).toBe(0);
  expect(await names()).toHaveLength(images.length);
});

it('loses some, and brings some when nobody waits any more', async () => {
  const { images } = await play({ lose: 0.3, late: 0.3 });
  const fates = Map.groupBy(images, ({ fate }) => fate);
  expect([...fates.keys()].sort()).toEqual(['late', 'lost', 'uploaded']);
  const lost = fates.get('lost')?.map(({ object }) => object) ?? [];
  const there = await names();
  expect(there).toHaveLength(images.length - lost.length);
  expect(there.filter((name) => lost.includes(name))).toEqual([]);
});

it('sends raws of the sample bucket where it has some', async () => {
  const [samples] = await storage.createBucket('samples');
  await samples.file('LSSTComCam/4/g/0/e/r/sample.fits.fz').save('a raw', { resumable: false });
  await samples.file('LSSTComCam/notes.txt').save('no raw', { resumable: false });
  await play({ sampleBucket: 'samples' });
  const contents = new Map<string, string>();
  for (const name of await names()) {
    const [content] = await storage.bucket('raws').file(name).download();
    contents.set(name, content.toString());
  }
  const raws = [...contents].filter(([, content]) => content === 'a raw');
  expect(raws.map(([name]) => readImageName(name))).toMatchObject([{ detector: 4, snap: 0 }]);
  expect([...contents.values()].filter((content) => content === 'Test')).toHaveLength(17);
});

it('does without a sample bucket, and announces a pointing once where that is asked', async () => {
  await play({ sampleBucket: 'no-such', pointings: true, survey: 'BLOCK-1' });
  expect(published).toHaveLength(1);
  expect(published[0]).toMatch(/^nextVisit-pointing .*"survey":"BLOCK-1"/);
});
