// Google's own storage client, unchanged, against our server.

import { randomBytes } from 'node:crypto';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Storage } from '@google-cloud/storage';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { startCouchServer } from '../../../mockup/couch-server/server.ts';
import { createSystemClock } from '../../../mockup/platform/clock/system-clock.ts';
import { createNanoServer } from '../../../mockup/platform/couch/nano/nano-server.ts';
import { silentLogger } from '../../../mockup/platform/log/logger.ts';
import { createSystemRandom } from '../../../mockup/platform/random/system-random.ts';
import type { Publication } from '../../../mockup/prompt/storage/announcer.ts';
import { type StorageServer, startStorageServer } from '../../../mockup/prompt/storage/server.ts';

let directory: string;
let couch: Awaited<ReturnType<typeof startCouchServer>>;
let server: StorageServer;
let published: Publication[];
let refusing: boolean;

async function start(): Promise<void> {
  const clock = createSystemClock();
  const random = createSystemRandom();
  const databases = createNanoServer(couch.url, { clock, random, log: silentLogger });
  await databases.create('storage');
  server = await startStorageServer({
    ...{ clock, log: silentLogger, database: databases.open('storage'), directory },
    ...{ host: '127.0.0.1', port: 0 },
    publish: async (publication) => {
      if (refusing) throw new Error('no such topic');
      published.push(publication);
    },
  });
}

const client = () => new Storage({ apiEndpoint: server.url, projectId: 'prompt-proto' });

beforeEach(async () => {
  published = [];
  refusing = false;
  directory = await mkdtemp(join(tmpdir(), 'storage-'));
  couch = await startCouchServer();
  await start();
});

afterEach(async () => {
  await server.close();
  await couch.close();
  await rm(directory, { recursive: true });
});

test('uploads, reads, lists, copies, composes and deletes', async () => {
  const [bucket] = await client().createBucket('rubin-main');
  await bucket.file('LATISS/0/g1/0/e1/r/a.fz').save('Test', { resumable: false });
  const large = randomBytes(3_000_000);
  await bucket.file('LATISS/0/g1/1/e2/r/b.fz').save(large, { resumable: true });
  const [read] = await bucket.file('LATISS/0/g1/1/e2/r/b.fz').download();
  expect(read.equals(large)).toBe(true);
  const [part] = await bucket.file('LATISS/0/g1/1/e2/r/b.fz').download({ start: 10, end: 19 });
  expect(part.equals(large.subarray(10, 20))).toBe(true);
  const [files] = await bucket.getFiles({ prefix: 'LATISS/0/g1/' });
  expect(files.map(({ name }) => name)).toEqual([
    'LATISS/0/g1/0/e1/r/a.fz',
    'LATISS/0/g1/1/e2/r/b.fz',
  ]);
  const [, , answer] = await bucket.getFiles({
    prefix: 'LATISS/0/',
    delimiter: '/',
    autoPaginate: false,
  });
  expect((answer as { prefixes: string[] }).prefixes).toEqual(['LATISS/0/g1/']);
  await bucket.file('LATISS/0/g1/0/e1/r/a.fz').copy(bucket.file('copy'));
  await bucket.combine(['copy', 'LATISS/0/g1/0/e1/r/a.fz'], 'joined');
  expect(String((await bucket.file('joined').download())[0])).toBe('TestTest');
  await bucket.file('copy').delete();
  expect((await bucket.file('copy').exists())[0]).toBe(false);
  await bucket.file('joined').setMetadata({ metadata: { k: 'v' } });
  expect((await bucket.file('joined').getMetadata())[0].metadata).toEqual({ k: 'v' });
});

test('uploads a file in pieces, and goes on after a restart of the server', async () => {
  const [bucket] = await client().createBucket('rubin-main');
  const path = join(directory, 'large');
  const large = randomBytes(1_000_000);
  await writeFile(path, large);
  const [uri] = await bucket.file('large').createResumableUpload();
  const half = await fetch(uri, {
    method: 'PUT',
    headers: { 'Content-Range': 'bytes 0-524287/1000000' },
    body: large.subarray(0, 524_288),
    redirect: 'manual',
  });
  expect([half.status, half.headers.get('range')]).toEqual([308, 'bytes=0-524287']);
  await server.close();
  await start();
  const moved = uri.replace(/^http:\/\/[^/]+/, server.url);
  const asked = await fetch(moved, {
    method: 'PUT',
    headers: { 'Content-Range': 'bytes */1000000' },
  });
  expect([asked.status, asked.headers.get('range')]).toEqual([308, 'bytes=0-524287']);
  const rest = await fetch(moved, {
    method: 'PUT',
    headers: { 'Content-Range': 'bytes 524288-999999/1000000' },
    body: large.subarray(524_288),
  });
  expect(rest.status).toBe(200);
  const [read] = await client().bucket('rubin-main').file('large').download();
  expect(read.equals(large)).toBe(true);
});

test('announces each new object, also after the topic was away and the server was restarted', async () => {
  const [bucket] = await client().createBucket('rubin-main');
  await bucket.createNotification('LATISS-image', {
    eventTypes: ['OBJECT_FINALIZE'],
    objectNamePrefix: 'LATISS/',
  });
  await bucket.file('LATISS/0/a.fz').save('Test', { resumable: false });
  await bucket.file('DECam/0/a.fz').save('Test', { resumable: false });
  await expect.poll(() => published.length).toBe(1);
  expect(published[0]?.topic).toBe('projects/prompt-proto/topics/LATISS-image');
  expect(published[0]?.attributes).toMatchObject({
    bucketId: 'rubin-main',
    objectId: 'LATISS/0/a.fz',
    eventType: 'OBJECT_FINALIZE',
    payloadFormat: 'JSON_API_V1',
  });
  expect(JSON.parse(String(published[0]?.data))).toMatchObject({
    name: 'LATISS/0/a.fz',
    size: '4',
  });
  refusing = true;
  await bucket.file('LATISS/0/b.fz').save('Test', { resumable: false });
  await server.close();
  refusing = false;
  await start();
  await expect
    .poll(() => published.map(({ attributes }) => attributes.objectId))
    .toContain('LATISS/0/b.fz');
});

test('refuses what does not fit, and keeps nothing of it', async () => {
  const [bucket] = await client().createBucket('rubin-main');
  const file = bucket.file('once');
  await file.save('a', { resumable: false, preconditionOpts: { ifGenerationMatch: 0 } });
  await expect(
    file.save('b', { resumable: false, preconditionOpts: { ifGenerationMatch: 0 } }),
  ).rejects.toMatchObject({ code: 412 });
  const wrong = await fetch(
    `${server.url}/upload/storage/v1/b/rubin-main/o?uploadType=media&name=x`,
    {
      method: 'POST',
      headers: { 'x-goog-hash': 'crc32c=AAAAAA==' },
      body: 'not what was promised',
    },
  );
  expect(wrong.status).toBe(400);
  expect((await bucket.file('x').exists())[0]).toBe(false);
  for (const name of ['a%0Ab', '', 'x'.repeat(1025)]) {
    const refused = await fetch(
      `${server.url}/upload/storage/v1/b/rubin-main/o?uploadType=media&name=${name}`,
      { method: 'POST', body: 'x' },
    );
    expect(refused.status).toBe(400);
  }
  await bucket.file('../../etc/passwd').save('only a key', { resumable: false });
  expect(String((await bucket.file('../../etc/passwd').download())[0])).toBe('only a key');
});
