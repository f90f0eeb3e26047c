// Tombstones go when they are old and every replication from here has carried them, not before; and
// what they, or anything else, took of a large file goes back to the disk.

import { mkdtempSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { type CouchServer, startCouchServer } from '../../mockup/couch-server/server.ts';
import { DirectoryStore } from '../../mockup/couch-server/store/directory-store.ts';
import type { SqliteDatabase } from '../../mockup/couch-server/store/sqlite-database.ts';

const DAY_MS = 86_400_000;
const AGE_MS = 14 * DAY_MS;
const START_MS = Date.parse('2026-01-05T00:00:00Z');

let directory: string;
let servers: CouchServer[];

beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'tombstones-'));
  servers = [];
});

afterEach(async () => {
  await Promise.all(servers.map((server) => server.close()));
  rmSync(directory, { recursive: true, force: true });
});

async function start(name: string): Promise<{ url: string; database: SqliteDatabase }> {
  const server = await startCouchServer({ directory: join(directory, name) });
  servers.push(server);
  const store = server.store as DirectoryStore;
  return { url: `${server.url}/d`, database: store.createDatabase('d') };
}

async function put(database: SqliteDatabase, ids: readonly string[]): Promise<void> {
  await database.write(ids.map((_id) => ({ _id, text: 'x' })));
}

async function remove(database: SqliteDatabase, ids: readonly string[]): Promise<void> {
  const docs = ids.map((_id) => ({ _id, _rev: database.get(_id)._rev, _deleted: true }));
  const results = await database.write(docs as never);
  expect(results.every((result) => 'rev' in result)).toBe(true);
}

const named = (prefix: string, count: number): string[] =>
  Array.from({ length: count }, (_, n) => `${prefix}${String(n).padStart(4, '0')}`);

async function replicate(source: string, target: string): Promise<void> {
  const answer = await fetch(new URL('/_replicate', source), {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ source, target }),
  });
  expect(answer.status, await answer.text()).toBe(200);
}

const purgeAt = (database: SqliteDatabase, days: number): Promise<number> =>
  database.purgeTombstones(AGE_MS, START_MS + days * DAY_MS);

it('go by their age, in portions, and what was deleted later stays', async () => {
  const { database } = await start('one');
  const [early, late] = [named('early', 450), named('late', 5)];
  await put(database, [...early, ...late, 'alive']);
  await remove(database, early);
  expect(await purgeAt(database, 0)).toBe(0);
  await remove(database, late);
  expect(await purgeAt(database, 13)).toBe(0);
  expect(await purgeAt(database, 14)).toBe(450);
  expect(database.info()).toMatchObject({ docCount: 1, docDelCount: 5 });
  expect(await purgeAt(database, 26)).toBe(0);
  expect(await purgeAt(database, 27)).toBe(5);
  expect(database.changes().results.map(({ id }) => id)).toEqual(['alive']);
  // It may be made again, as if it had never been.
  await put(database, ['early0000']);
  expect(database.get('early0000')._rev).toMatch(/^1-/);
});

it('stay until each replication from here has carried them, however old they are', async () => {
  const [one, other] = [await start('one'), await start('other')];
  const ids = named('doc', 20);
  await put(one.database, ids);
  await replicate(one.url, other.url);
  await purgeAt(one.database, 0);
  await remove(one.database, ids);
  expect(await purgeAt(one.database, 1)).toBe(0);
  expect(await purgeAt(one.database, 100)).toBe(0);
  await replicate(one.url, other.url);
  expect(await purgeAt(one.database, 101)).toBe(20);
  expect(other.database.info()).toMatchObject({ docCount: 0, docDelCount: 20 });
  // Its checkpoint there is about the other one's changes: nothing goes from there.
  await purgeAt(other.database, 101);
  expect(await purgeAt(other.database, 116)).toBe(20);
  await replicate(one.url, other.url);
  await replicate(other.url, one.url);
  expect([one, other].map(({ database }) => database.info().docCount)).toEqual([0, 0]);
});

it('a file of any size gives back what is free, in steps', async () => {
  const store = new DirectoryStore({ directory });
  const database = store.createDatabase('large');
  const file = join(directory, 'large.sqlite');
  const text = 'x'.repeat(500_000);
  const ids = named('doc', 120);
  for (let n = 0; n < 120; n += 30) {
    await database.write(ids.slice(n, n + 30).map((_id) => ({ _id, text })));
  }
  // More than is copied at once is left in use.
  await remove(database, ids.slice(0, 45));
  await database.compact();
  database.connection.sqlite.exec('PRAGMA wal_checkpoint(TRUNCATE)');
  const { size } = statSync(file);
  expect(size).toBeGreaterThan(32 * 2 ** 20);
  expect(size).toBeLessThan(44 * 2 ** 20);
  await store.close();
});
