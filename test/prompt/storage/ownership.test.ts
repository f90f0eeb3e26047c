// A storage server in a directory that is not its own changes nothing there.

import { mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { silentLogger } from '../../../mockup/platform/log/logger.ts';
import { type StorageServer, startStorageServer } from '../../../mockup/prompt/storage/server.ts';
import { createVirtualClock } from '../../../mockup/simulator/clock/virtual-clock.ts';
import { createSimulatedServer } from '../../../mockup/simulator/store/simulated-server.ts';

const clock = createVirtualClock();
const couch = createSimulatedServer({ clock });
let count = 0;
let directory: string;
let database: string;
let server: StorageServer | undefined;

const files = (): string[] => readdirSync(join(directory, 'content')).sort();

async function newDatabase(): Promise<string> {
  count += 1;
  await clock.complete(couch.create(`storage-${count}`));
  return `storage-${count}`;
}

async function start(of: string): Promise<StorageServer> {
  return startStorageServer({
    ...{ clock, log: silentLogger, database: couch.open(of), directory },
    ...{ host: '127.0.0.1', port: 0, publish: async () => {} },
  });
}

async function upload(name: string): Promise<void> {
  const path = `/upload/storage/v1/b/bucket-a/o?uploadType=media&name=${name}`;
  await fetch(`${server?.url}${path}`, { method: 'POST', body: 'Test' });
}

beforeEach(async () => {
  directory = mkdtempSync(join(tmpdir(), 'storage-owner-'));
  database = await newDatabase();
  server = await start(database);
  const body = JSON.stringify({ name: 'bucket-a' });
  await fetch(`${server.url}/storage/v1/b`, { method: 'POST', body });
  await upload('a');
});
afterEach(async () => {
  await server?.close();
  server = undefined;
  rmSync(directory, { recursive: true });
});

it('a server with another database refuses to start and erases nothing', async () => {
  const before = files();
  expect(before).toHaveLength(1);
  await server?.close();
  server = undefined;
  const other = await newDatabase();
  await expect(start(other)).rejects.toMatchObject({ code: 'wrong_database' });
  expect(files()).toEqual(before);
  // Nor does a database of an earlier day with a directory of an earlier day.
  rmSync(join(directory, 'owner.sqlite'));
  await expect(start(other)).rejects.toMatchObject({ code: 'wrong_database' });
  expect(files()).toEqual(before);
  server = await start(database);
  const read = await fetch(`${server.url}/storage/v1/b/bucket-a/o/a?alt=media`);
  expect(await read.text()).toBe('Test');
});

it('a database whose content is elsewhere is not taken up with an empty directory', async () => {
  await server?.close();
  server = undefined;
  rmSync(directory, { recursive: true });
  await expect(start(database)).rejects.toMatchObject({ code: 'wrong_database' });
});

it('a second server in the directory refuses to start, and leaves what the first one writes', async () => {
  writeFileSync(join(directory, 'content', 'under-way.part'), '');
  await expect(start(database)).rejects.toMatchObject({ code: 'locked' });
  expect(files()).toContain('under-way.part');
  await upload('b');
  expect(files()).toHaveLength(3);
});

it('content that no object has is moved aside', async () => {
  const unknown = '00000000-0000-4000-8000-000000000000';
  writeFileSync(join(directory, 'content', unknown), 'x');
  await server?.close();
  server = await start(database);
  expect(files()).toHaveLength(1);
  expect(readdirSync(join(directory, 'unknown'))).toEqual([unknown]);
});
