import { execFile, spawn } from 'node:child_process';
import { createReadStream } from 'node:fs';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { promisify } from 'node:util';
import { gzipSync } from 'node:zlib';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { type CouchServer, startCouchServer } from '../../mockup/couch-server/server.ts';
import { type Client, clientOf } from './http-client.ts';

// Programs and older libraries that people use with CouchDB, as they are.

const require = createRequire(import.meta.url);
const run = promisify(execFile);
const bin = (name: string): string => join('node_modules', '.bin', name);

let server: CouchServer;
let base: string;
let client: Client;
let directory: string;

beforeAll(async () => {
  server = await startCouchServer({ admins: { admin: 'secret' } });
  base = server.url.replace('http://', 'http://admin:secret@');
  client = clientOf(base);
  directory = await mkdtemp(join(tmpdir(), 'couch-programs-'));
});

afterAll(async () => {
  client.close();
  await server.close();
  await rm(directory, { recursive: true, force: true });
});

it('takes compressed bodies, and refuses what is not what it says', async () => {
  await client('PUT', '/zipped');
  const send = (body: Buffer, coding: string) => {
    const headers = { 'Content-Encoding': coding };
    return client('POST', '/zipped/_bulk_docs', body, headers);
  };
  const json = JSON.stringify({ docs: [{ _id: 'a', text: 'x'.repeat(10_000) }] });
  expect((await send(gzipSync(json), 'gzip')).body).toMatchObject([{ ok: true, id: 'a' }]);
  expect((await client('GET', '/zipped/a')).body.text).toHaveLength(10_000);
  expect((await send(Buffer.from(json), 'gzip')).status).toBe(400);
  expect((await send(Buffer.from(json), 'br')).status).toBe(415);
  // What counts is how much it is when it is unpacked.
  const small = await startCouchServer({ limits: { maxRequestSize: 1024 ** 2 } });
  const huge = gzipSync(Buffer.alloc(2 * 1024 ** 2, ' '));
  const headers = { 'content-type': 'application/json', 'content-encoding': 'gzip' };
  await fetch(`${small.url}/zipped`, { method: 'PUT' });
  const url = `${small.url}/zipped/_bulk_docs`;
  const refused = await fetch(url, { method: 'POST', headers, body: new Uint8Array(huge) });
  expect(refused.status).toBe(413);
  await small.close();
});

it('is backed up and restored by couchbackup', { timeout: 60_000 }, async () => {
  await client('PUT', '/saved');
  const docs = Array.from({ length: 700 }, (_, n) => ({ _id: `d${n}`, n, text: 'é'.repeat(50) }));
  await client('POST', '/saved/_bulk_docs', { docs });
  const file = join(directory, 'saved.txt');
  const log = join(directory, 'saved.log');
  const arguments_ = ['--url', base, '--db', 'saved', '--log', log, '--output', file];
  await run(bin('couchbackup'), arguments_);
  await client('PUT', '/restored');
  const restore = spawn(bin('couchrestore'), ['--url', base, '--db', 'restored'], {
    stdio: ['pipe', 'ignore', 'ignore'],
  });
  const ended = new Promise<number | null>((resolve) => restore.on('close', resolve));
  await pipeline(createReadStream(file), restore.stdin);
  expect(await ended).toBe(0);
  const rows = async (name: string) => (await client('GET', `/${name}/_all_docs`)).body.rows;
  expect(await rows('restored')).toEqual(await rows('saved'));
});

it('works with cradle, which writes // into its paths', async () => {
  const cradle = require('cradle');
  const { hostname, port } = new URL(server.url);
  const auth = { username: 'admin', password: 'secret' };
  const connection = new cradle.Connection(`http://${hostname}`, Number(port), {
    auth,
    cache: false,
  });
  const db = connection.database('cradled');
  const call = (method: string, ...args: unknown[]) =>
    new Promise<Record<string, unknown>>((resolve, reject) => {
      db[method](...args, (error: unknown, answer: Record<string, unknown>) =>
        error ? reject(error) : resolve(answer),
      );
    });
  await call('create');
  const saved = await call('save', 'one', { n: 1 });
  expect(await call('get', 'one')).toMatchObject({ n: 1 });
  await call('save', 'one', saved.rev, { n: 2 });
  expect(await call('all')).toHaveLength(1);
  expect((await client('GET', '//cradled//one')).body).toMatchObject({ n: 2 });
});

it('is read by follow', { timeout: 20_000 }, async () => {
  const follow = require('follow');
  await client('PUT', '/followed');
  await client('PUT', '/followed/a', {});
  const seen: string[] = [];
  const feed = new follow.Feed({ db: `${base}/followed`, since: 0, heartbeat: 1000 });
  await new Promise<void>((resolve, reject) => {
    feed.on('change', ({ id }: { id: string }) => {
      seen.push(id);
      if (seen.length === 1) client('PUT', '/followed/b', {}).catch(reject);
      if (seen.length === 2) resolve();
    });
    feed.on('error', reject);
    feed.follow();
  });
  feed.stop();
  expect(seen).toEqual(['a', 'b']);
});

it('is filled by couchimport', { timeout: 30_000 }, async () => {
  await client('PUT', '/imported');
  const lines = join(directory, 'stars.jsonl');
  await writeFile(lines, '{"name":"Vega","magnitude":0.03}\n{"name":"Deneb","magnitude":1.25}\n');
  const importer = spawn(
    bin('couchimport'),
    ['--url', base, '--db', 'imported', '--type', 'jsonl'],
    {
      stdio: ['pipe', 'ignore', 'ignore'],
    },
  );
  const ended = new Promise<number | null>((resolve) => importer.on('close', resolve));
  await pipeline(createReadStream(lines), importer.stdin);
  expect(await ended).toBe(0);
  const { rows } = (await client('GET', '/imported/_all_docs?include_docs=true')).body;
  const names = rows.map(({ doc }: { doc: { name: string } }) => doc.name);
  expect(names.sort()).toEqual(['Deneb', 'Vega']);
});

it('logs users in with pouchdb-authentication', { timeout: 20_000 }, async () => {
  const PouchDB = require('pouchdb');
  PouchDB.plugin(require('pouchdb-authentication'));
  await client('PUT', '/shared');
  await client('PUT', '/shared/_security', {});
  const db = new PouchDB(`${server.url}/shared`, { skip_setup: true });
  const user = { name: 'ann', password: 'pass', type: 'user', roles: [] };
  await client('PUT', '/_users/org.couchdb.user:ann', user);
  expect(await db.logIn('ann', 'pass')).toMatchObject({ ok: true, name: 'ann' });
  await expect(db.logIn('ann', 'wrong')).rejects.toMatchObject({ status: 401 });
  await db.close();
});

// A CouchDB reads attachments as multipart with `follows`; one that it can't read stops all others.
it.runIf(process.env.COUCHDB_URL)('is copied by a real CouchDB', { timeout: 60_000 }, async () => {
  const couch = clientOf(process.env.COUCHDB_URL as string);
  const target = `pulled-${Date.now()}`;
  await client('PUT', '/source');
  const inline = (text: string) => ({
    f: { content_type: 'text/plain', data: Buffer.from(text).toString('base64') },
  });
  const branch = (hash: string) => ({ _id: 'c', _rev: `1-${hash}`, _attachments: inline(hash) });
  const docs = [branch('a'), branch('b'), { _id: 'd', _rev: '2-z', _deleted: true }];
  await client('POST', '/source/_bulk_docs', { new_edits: false, docs });
  const bytes = Buffer.alloc(300_000, 'xyz');
  const type = { 'Content-Type': 'image/png' };
  const { rev } = (await client('PUT', '/source/a/big', bytes, type)).body;
  const job = {
    source: `${base}/source`,
    target: `${process.env.COUCHDB_URL}/${target}`,
    create_target: true,
  };
  try {
    const first = (await couch('POST', '/_replicate', job)).body;
    expect(first.history[0]).toMatchObject({ docs_written: 4, doc_write_failures: 0 });
    await client('PUT', '/source/a', { _rev: rev, v: 2, _attachments: { big: { stub: true } } });
    expect((await couch('POST', '/_replicate', job)).body.ok).toBe(true);
    expect((await couch('GET', `/${target}/a/big`)).bytes.equals(bytes)).toBe(true);
    expect((await couch('GET', `/${target}/c?conflicts=true`)).body._conflicts).toEqual(['1-a']);
  } finally {
    await couch('DELETE', `/${target}`);
    couch.close();
  }
});
