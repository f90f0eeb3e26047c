import { execFile } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import nano from 'nano';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { type CouchServer, startCouchServer } from '../../mockup/couch-server/server.ts';

// Clients that nobody here wrote: what they can do with CouchDB they can do with this server.

const run = promisify(execFile);

let server: CouchServer;
let base: string;
let directory: string;

beforeAll(async () => {
  server = await startCouchServer({ admins: { admin: 'secret' } });
  base = server.url.replace('http://', 'http://admin:secret@');
  directory = await mkdtemp(join(tmpdir(), 'couch-clients-'));
});

afterAll(async () => {
  await server.close();
  await rm(directory, { recursive: true, force: true });
});

describe('nano', () => {
  it('works on databases', async () => {
    const couch = nano(base);
    expect(await couch.info()).toMatchObject({ couchdb: 'Welcome' });
    await couch.db.create('n1');
    await couch.db.create('n2');
    expect(await couch.db.list()).toEqual(expect.arrayContaining(['n1', 'n2']));
    expect(await couch.db.get('n1')).toMatchObject({ db_name: 'n1', doc_count: 0 });
    expect(await couch.db.compact('n1')).toMatchObject({ ok: true });
    expect(await couch.db.changes('n1')).toMatchObject({ results: [] });
    expect((await couch.uuids(3)).uuids).toHaveLength(3);
    expect(await couch.auth('admin', 'secret')).toMatchObject({ ok: true, name: 'admin' });
    expect((await couch.session()).ok).toBe(true);
    await couch.use('n1').insert({ a: 1 } as object, 'x');
    await couch.db.replicate(`${base}/n1`, `${base}/n2`);
    expect(await couch.use('n2').get('x')).toMatchObject({ a: 1 });
    await couch.db.destroy('n2');
    await expect(couch.db.get('n2')).rejects.toMatchObject({ statusCode: 404 });
  });

  it('works on documents', async () => {
    const couch = nano(base);
    await couch.db.create('docs');
    const db = couch.use<{ n?: number; type?: string }>('docs');
    const first = await db.insert({ n: 1, type: 'a' }, 'one');
    await expect(db.insert({ n: 2 }, 'one')).rejects.toMatchObject({ statusCode: 409 });
    const second = await db.insert({ n: 2, type: 'a', _rev: first.rev } as object, 'one');
    expect((await db.head('one')).etag).toBe(`"${second.rev}"`);
    expect(await db.get('one', { revs_info: true })).toMatchObject({ n: 2 });
    await db.bulk({
      docs: [
        { _id: 'two', n: 5, type: 'b' },
        { _id: 'a/b +c', n: 6 },
      ] as object[],
    });
    expect(await db.get('a/b +c')).toMatchObject({ n: 6 });
    expect((await db.list({ include_docs: true })).rows).toHaveLength(3);
    const fetched = await db.fetch({ keys: ['one', 'two'] });
    expect(fetched.rows.map((row) => (row as { doc: { n: number } }).doc.n)).toEqual([2, 5]);
    expect((await db.fetchRevs({ keys: ['one'] })).rows).toHaveLength(1);
    await db.createIndex({ index: { fields: ['n'] }, name: 'by-n' });
    const found = await db.find({ selector: { n: { $gt: 4 } }, sort: [{ n: 'desc' }] });
    expect(found.docs.map(({ n }) => n)).toEqual([6, 5]);
    await db.attachment.insert('one', 'f.txt', 'text', 'text/plain', { rev: second.rev });
    expect((await db.attachment.get('one', 'f.txt')).toString()).toBe('text');
    const { _rev } = await db.get('one');
    await db.attachment.destroy('one', 'f.txt', { rev: _rev });
    const last = await db.get('one');
    await db.destroy('one', last._rev);
    await expect(db.get('one')).rejects.toMatchObject({ statusCode: 404, reason: 'deleted' });
  });

  it('follows changes', async () => {
    const couch = nano(base);
    await couch.db.create('followed');
    const db = couch.use('followed');
    for (let n = 0; n < 25; n++) await db.insert({ n } as object, `d${n}`);
    const seen: string[] = [];
    const reader = db.changesReader.get({ since: '0', batchSize: 10, timeout: 100 });
    reader.on('change', (change: { id: string }) => seen.push(change.id));
    await new Promise<void>((resolve, reject) => {
      reader.on('end', () => resolve());
      reader.on('error', reject);
    });
    expect(seen).toEqual(Array.from({ length: 25 }, (_, n) => `d${n}`));
    const spooled = db.changesReader.spool({ since: '0', includeDocs: true });
    const ids = await new Promise<string[]>((resolve, reject) => {
      spooled.on('batch', (batch: { id: string }[]) => resolve(batch.map(({ id }) => id)));
      spooled.on('error', reject);
    });
    expect(ids).toEqual(seen);
  });

  it('sends multipart, streams lists and keeps replications', async () => {
    const couch = nano(base);
    await couch.db.create('more');
    await couch.db.create('mirror');
    const db = couch.use('more');
    const files = [
      { name: 'a.txt', data: Buffer.from('one'), content_type: 'text/plain' },
      { name: 'b.bin', data: Buffer.from([0, 1, 2]), content_type: 'image/png' },
    ];
    await db.multipart.insert({ k: 1 } as object, files, 'mp');
    expect((await db.attachment.get('mp', 'b.bin')).equals(Buffer.from([0, 1, 2]))).toBe(true);
    expect((await db.multipart.get('mp')).toString()).toContain('"follows":true');
    const pieces: Buffer[] = [];
    for await (const piece of db.listAsStream({ include_docs: true }))
      pieces.push(piece as Buffer);
    expect(JSON.parse(Buffer.concat(pieces).toString()).rows).toHaveLength(1);
    const [from, to] = [`${base}/more`, `${base}/mirror`];
    const enabled = await couch.db.replication.enable(from, to, { continuous: true });
    // Its types forget what the call gives.
    const job = enabled as unknown as { id: string; rev: string };
    await vi.waitFor(async () => {
      expect(await couch.use('mirror').get('mp')).toMatchObject({ k: 1 });
    });
    expect(await couch.use('_replicator').get(job.id)).toMatchObject({ continuous: true });
    expect(await couch.db.replication.disable(job.id, job.rev, {})).toMatchObject({ ok: true });
  });
});

describe('pouchdb', () => {
  it('keeps two databases the same, live, through its HTTP adapter', {
    timeout: 60_000,
  }, async () => {
    // Its LevelDB side and the server meet in this test only; the package brings no types.
    const module: string = 'pouchdb';
    const { default: PouchDB } = await import(module);
    const remote = new PouchDB(`${base}/pouch`);
    const local = new PouchDB(join(directory, 'pouch'));
    await remote.info();
    const sync = local.sync(remote, { live: true, retry: true });
    sync.on('error', () => undefined);
    await local.put({ _id: 'here', n: 1, _attachments: attachment('from here') });
    await remote.put({ _id: 'there', n: 2, _attachments: attachment('from there') });
    await vi.waitFor(
      async () => {
        expect((await remote.get('here')).n).toBe(1);
        expect((await local.get('there')).n).toBe(2);
      },
      { timeout: 20_000 },
    );
    expect((await remote.getAttachment('here', 'a.txt')).toString()).toBe('from here');
    expect((await local.getAttachment('there', 'a.txt')).toString()).toBe('from there');
    const doc = await remote.get('here');
    await remote.remove(doc);
    await vi.waitFor(
      async () => {
        await expect(local.get('here')).rejects.toMatchObject({ status: 404 });
      },
      { timeout: 20_000 },
    );
    sync.cancel();
    await local.close();
  });

  const attachment = (text: string): object => ({
    'a.txt': { content_type: 'text/plain', data: Buffer.from(text).toString('base64') },
  });
});

describe('curl', () => {
  it('speaks with the server as the manual of CouchDB shows it', async () => {
    const curl = async (...args: string[]): Promise<string> =>
      (await run('curl', ['-s', ...args])).stdout;
    expect(JSON.parse(await curl('-X', 'PUT', `${base}/curl`))).toEqual({ ok: true });
    const put = await curl('-X', 'PUT', `${base}/curl/doc`, '-d', '{"a": 1}');
    const { rev } = JSON.parse(put);
    expect(JSON.parse(await curl(`${base}/curl/doc`))).toEqual({ _id: 'doc', _rev: rev, a: 1 });
    const head = await curl('-I', `${base}/curl/doc`);
    expect(head).toMatch(/^HTTP\/1.1 200 OK/);
    expect(head.toLowerCase()).toContain(`etag: "${rev}"`);
    const file = ['--data-binary', 'bytes', '-H', 'Content-Type: image/png'];
    await curl('-X', 'PUT', `${base}/curl/doc/pic.png?rev=${rev}`, ...file);
    expect(await curl('-r', '1-3', `${base}/curl/doc/pic.png`)).toBe('yte');
    const feed = await curl(`${base}/curl/_changes?feed=continuous&timeout=100`);
    expect(feed.trim().split('\n')).toHaveLength(2);
  });
});
