import { mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { type CouchServer, startCouchServer } from '../../mockup/couch-server/server.ts';
import { type Client, clientOf } from './http-client.ts';

let directory: string;
let server: CouchServer;
let client: Client;

beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'couch-life-'));
  server = await startCouchServer({ directory });
  client = clientOf(server.url);
});

afterEach(async () => {
  client.close();
  await server.close();
  await rm(directory, { recursive: true, force: true });
});

async function restart(): Promise<void> {
  client.close();
  await server.close();
  server = await startCouchServer({ directory });
  client = clientOf(server.url);
}

describe('a directory', () => {
  it('keeps databases, their names, security and limits over restarts', async () => {
    const names = ['a', 'a/b', 'a_b', 'x$()+-y'];
    for (const name of names) await client('PUT', `/${encodeURIComponent(name)}`);
    await client('PUT', '/a/doc', { n: 1 });
    await client('PUT', '/a/_security', { members: { names: ['ann'], roles: [] } });
    await client('PUT', '/a/_revs_limit', '7');
    const uuid = (await client('GET', '/')).body.uuid;
    const { update_seq: seq } = (await client('GET', '/a')).body;
    await restart();
    expect((await client('GET', '/')).body.uuid).toBe(uuid);
    const all = ['_replicator', '_users', ...names].sort();
    expect((await client('GET', '/_all_dbs')).body).toEqual(all);
    expect((await client('GET', '/a')).body).toMatchObject({ doc_count: 1, update_seq: seq });
    expect((await client('GET', '/a/_security')).body.members.names).toEqual(['ann']);
    expect((await client('GET', '/a/_revs_limit')).body).toBe(7);
  });

  it('serves one server at a time', async () => {
    await expect(startCouchServer({ directory })).rejects.toMatchObject({
      code: 'directory_in_use',
      hint: expect.any(String),
    });
  });

  it('gives a deleted database’s files back', async () => {
    await client('PUT', '/gone');
    await client('PUT', '/gone/x', { n: 1 });
    expect((await readdir(directory)).some((file) => file.startsWith('gone'))).toBe(true);
    await client('DELETE', '/gone');
    expect((await readdir(directory)).some((file) => file.startsWith('gone'))).toBe(false);
  });

  it('clears what a crash during a deletion left', async () => {
    await writeFile(join(directory, 'half.sqlite.deleted'), 'x');
    await writeFile(join(directory, 'half.sqlite-wal'), 'x');
    await restart();
    expect((await client('GET', '/half')).status).toBe(404);
    expect((await client('PUT', '/half')).status).toBe(201);
    expect((await readdir(directory)).filter((file) => file.endsWith('.deleted'))).toEqual([]);
  });
});

describe('an index on disk', () => {
  it('is made anew where strings were in another order then', async () => {
    await client('PUT', '/db');
    await client('POST', '/db/_index', { index: { fields: ['n'] } });
    const docs = Array.from({ length: 700 }, (_, n) => ({ _id: `d${n}`, n: `n${n}` }));
    await client('POST', '/db/_bulk_docs', { docs });
    client.close();
    await server.close();
    const file = new DatabaseSync(join(directory, 'db.sqlite'));
    file.exec("UPDATE meta SET value = 'another' WHERE key = 'string_order'");
    file.exec("UPDATE mango SET key = x'00'");
    file.close();
    server = await startCouchServer({ directory });
    client = clientOf(server.url);
    await client('PUT', '/db/late', { n: 'n7' });
    const query = { selector: { n: 'n7' }, fields: ['_id'] };
    const { body } = await client('POST', '/db/_find', query);
    expect(body.warning).toBeUndefined();
    expect(body.docs).toEqual([{ _id: 'd7' }, { _id: 'late' }]);
  });
});

describe('a server', () => {
  it('says that a port is taken', async () => {
    const other = createServer();
    await new Promise<void>((resolve) => {
      other.listen(0, '127.0.0.1', resolve);
    });
    const { port } = other.address() as AddressInfo;
    await expect(startCouchServer({ port })).rejects.toMatchObject({ code: 'port_in_use' });
    other.close();
  });

  it('counts requests of replicators apart', async () => {
    const stats = async () => (await client('GET', '/_node/_local/_stats')).body.draws;
    await client('PUT', '/db');
    const before = await stats();
    await client('PUT', '/db/x', {}, { 'User-Agent': 'draws-replicator/1' });
    await client('PUT', '/db/y', {});
    await client('POST', '/db/_find', { selector: {} });
    const after = await stats();
    expect(after.replicators.byKind).toEqual({ document: 1 });
    expect(after.clients.byKind.document - (before.clients.byKind.document ?? 0)).toBe(1);
    expect(after.clients.byKind.find).toBe(1);
    const { text } = await client('GET', '/_node/_local/_prometheus');
    expect(text).toContain('couchdb_httpd_request_methods{method="PUT",from="replicator"} 1');
  });

  it('drops superseded bodies and unnamed attachments when compacting', async () => {
    await client('PUT', '/db');
    const data = Buffer.alloc(50_000, 1).toString('base64');
    const file = { content_type: 'application/octet-stream', data };
    const first = (await client('PUT', '/db/x', { _attachments: { file } })).body.rev;
    const second = (await client('PUT', '/db/x', { _rev: first, n: 2 })).body.rev;
    expect((await client('GET', `/db/x/file?rev=${first}`)).bytes).toHaveLength(50_000);
    await client('POST', '/db/_compact', {});
    await vi.waitFor(async () => {
      expect((await client('GET', '/db')).body.compact_running).toBe(false);
      expect((await client('GET', `/db/x?rev=${first}`)).status).toBe(404);
    });
    expect((await client('GET', `/db/x?rev=${second}`)).body.n).toBe(2);
    const info = (await client('GET', '/db/x?revs_info=true')).body._revs_info;
    expect(info.map((one: { status: string }) => one.status)).toEqual(['available', 'missing']);
    expect((await client('GET', '/db')).body.sizes.active).toBeLessThan(200_000);
  });

  it('compacts by itself when most of the file is superseded', async () => {
    await client('PUT', '/db');
    let docs = Array.from({ length: 50 }, (_, n) => ({ _id: `d${n}`, n: 0 }));
    for (let round = 0; round < 110; round++) {
      const { body } = await client('POST', '/db/_bulk_docs', { docs });
      docs = docs.map((doc, n) => ({ ...doc, n: round, _rev: body[n].rev }));
    }
    await vi.waitFor(async () => {
      const { body } = await client('GET', '/db/d0?revs_info=true');
      const kept = body._revs_info.filter((one: { status: string }) => one.status === 'available');
      expect(kept.length).toBeLessThan(60);
    });
  });

  it('answers 501 with a reason for what needs JavaScript', async () => {
    await client('PUT', '/db');
    const views = { v: { map: 'function (doc) { emit(doc._id); }' } };
    expect((await client('PUT', '/db/_design/d', { views, shows: { s: '' } })).status).toBe(201);
    for (const path of [
      '/db/_design/d/_view/v',
      '/db/_design/d/_show/s',
      '/db/_changes?filter=_view&view=d/v',
    ]) {
      const { status, body } = await client('GET', path);
      expect([status, body.error], path).toEqual([501, 'not_implemented']);
      expect(body.reason).toContain('JavaScript');
    }
    const validating = { validate_doc_update: 'function () {}' };
    expect((await client('PUT', '/db/_design/v', validating)).status).toBe(501);
    const bulk = { docs: [{ _id: '_design/v', ...validating }] };
    expect((await client('POST', '/db/_bulk_docs', bulk)).status).toBe(501);
  });
});

describe('limits', () => {
  it('are told with CouchDB’s own errors', async () => {
    const small = await startCouchServer({
      limits: {
        ...{
          maxDocumentSize: 1000,
          maxRequestSize: 5000,
          maxDatabases: 3,
          maxAttachmentSize: 2000,
        },
        ...{ maxBulkDocuments: 10, maxHeaderSize: 4096 },
      },
    });
    const other = clientOf(small.url);
    const ask = async (...request: Parameters<Client>): Promise<unknown> => {
      const { status, body } = await other(...request);
      return [status, body?.error];
    };
    await other('PUT', '/db');
    expect(await ask('PUT', '/more')).toEqual([507, 'insufficient_storage']);
    const big = { text: 'x'.repeat(1500) };
    expect(await ask('PUT', '/db/x', big)).toEqual([413, 'document_too_large']);
    expect(await ask('POST', '/db/_bulk_docs', { docs: [big] })).toEqual([
      413,
      'document_too_large',
    ]);
    expect(await ask('PUT', '/db/x', { text: 'x'.repeat(6000) })).toEqual([413, 'too_large']);
    expect(await ask('PUT', '/db/x/a', 'x'.repeat(2001))).toEqual([413, 'attachment_too_large']);
    const docs = Array.from({ length: 11 }, () => ({}));
    const bulk = await ask('POST', '/db/_bulk_docs', { docs });
    expect(bulk).toEqual([413, 'max_bulk_docs_count_exceeded']);
    const { status } = await other('GET', '/db', undefined, { 'X-Long': 'x'.repeat(6000) });
    expect(status).toBe(431);
    expect((await other('GET', '/db')).body.doc_count).toBe(0);
    other.close();
    await small.close();
  });

  it('must be positive integers', async () => {
    await expect(startCouchServer({ limits: { maxFeeds: 0 } })).rejects.toThrow('maxFeeds');
  });
});
