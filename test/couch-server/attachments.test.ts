import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { request } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { type CouchServer, startCouchServer } from '../../mockup/couch-server/server.ts';
import { type Client, clientOf } from './http-client.ts';

const SIZE_MIB = process.env.DRAWS_LONG ? 1024 : 48;
const MIB = 2 ** 20;

let directory: string;
let server: CouchServer;
let client: Client;

beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'couch-att-'));
  server = await startCouchServer({ directory });
  client = clientOf(server.url);
  await client('PUT', '/db');
});

afterEach(async () => {
  client.close();
  await server.close();
  await rm(directory, { recursive: true, force: true });
});

const BINARY = { 'Content-Type': 'application/octet-stream' };

/** A megabyte that differs from its neighbours. */
function block(n: number): Buffer {
  const bytes = Buffer.alloc(MIB, n % 251);
  bytes.writeUInt32BE(n, 0);
  return bytes;
}

it(`streams ${SIZE_MIB} MiB in and out in little memory`, { timeout: 300_000 }, async () => {
  const { hostname, port } = new URL(server.url);
  const path = '/db/big/file.bin';
  const before = process.memoryUsage().rss;
  let highest = 0;
  const watch = (): void => {
    highest = Math.max(highest, process.memoryUsage().rss - before);
  };
  const sent = createHash('sha256');
  const upload = request({ hostname, port, path, method: 'PUT', headers: BINARY });
  const answered = once(upload, 'response');
  for (let n = 0; n < SIZE_MIB; n++) {
    const bytes = block(n);
    sent.update(bytes);
    if (!upload.write(bytes)) await once(upload, 'drain');
    watch();
  }
  upload.end();
  const [response] = await answered;
  expect(response.statusCode).toBe(201);
  response.resume();
  const download = request({ hostname, port, path });
  download.end();
  const [content] = await once(download, 'response');
  expect(content.headers['content-length']).toBe(String(SIZE_MIB * MIB));
  const received = createHash('sha256');
  for await (const piece of content) {
    received.update(piece);
    watch();
  }
  expect(received.digest('hex')).toBe(sent.digest('hex'));
  // Client and server are this one process.
  expect(highest).toBeLessThan(200 * MIB);
});

it('leaves nothing of an upload that was cut off', async () => {
  const { hostname, port } = new URL(server.url);
  const size = async (): Promise<number> => (await client('GET', '/db')).body.sizes.active;
  const before = await size();
  const headers = { ...BINARY, 'Content-Length': 50 * MIB };
  const upload = request({ hostname, port, path: '/db/cut/file', method: 'PUT', headers });
  upload.on('error', () => undefined);
  for (let n = 0; n < 5; n++) {
    if (!upload.write(block(n))) await once(upload, 'drain');
  }
  const patience = { timeout: 20_000, interval: 20 };
  await vi.waitFor(async () => expect(await size()).toBeGreaterThan(before + MIB), patience);
  upload.destroy();
  await vi.waitFor(async () => expect(await size()).toBeLessThan(before + 100_000), patience);
  expect((await client('GET', '/db/cut')).status).toBe(404);
});

it('keeps what is named, over updates, branches, copies and compaction', async () => {
  const bytes = Buffer.from('some bytes');
  const put = await client('PUT', '/db/x/a', bytes, BINARY);
  const { body: doc } = await client('GET', '/db/x');
  const next = await client('PUT', '/db/x', { ...doc, n: 1 });
  await client('COPY', '/db/x', undefined, { Destination: 'y' });
  const branch = {
    ...{ _id: 'x', _rev: '2-zz', _attachments: doc._attachments },
    _revisions: { start: 2, ids: ['zz', put.body.rev.slice(2)] },
  };
  await client('POST', '/db/_bulk_docs', { docs: [branch], new_edits: false });
  await client('POST', '/db/_compact', {});
  await vi.waitFor(async () => {
    expect((await client('GET', `/db/x?rev=${put.body.rev}`)).status).toBe(404);
  });
  for (const path of ['/db/x/a?rev=2-zz', `/db/x/a?rev=${next.body.rev}`, '/db/y/a']) {
    expect((await client('GET', path)).bytes.equals(bytes), path).toBe(true);
  }
});

it('takes and gives text compressed, and plain to those who want it so', async () => {
  const text = 'weblog '.repeat(5000);
  await client('PUT', '/db/t/log.txt', text, { 'Content-Type': 'text/plain' });
  const plain = await client('GET', '/db/t/log.txt');
  expect(plain.text).toBe(text);
  const coded = await client('GET', '/db/t/log.txt', undefined, { 'Accept-Encoding': 'gzip' });
  expect(coded.headers['content-encoding']).toBe('gzip');
  expect(coded.bytes.equals(gzipSync(text, { level: 8 }))).toBe(true);
  const stub = (await client('GET', '/db/t')).body._attachments['log.txt'];
  expect(stub).toMatchObject({ length: text.length, stub: true });
  const json = { Accept: 'application/json' };
  const { body } = await client('GET', '/db/t?attachments=true', undefined, json);
  const inline = body._attachments['log.txt'];
  expect(Buffer.from(inline.data, 'base64').toString()).toBe(text);
});

it('passes a document on by multipart, as replicators do, byte for byte', async () => {
  const file = Buffer.from(Array.from({ length: 70_000 }, (_, n) => (n * 7) % 256));
  await client('PUT', '/db/m/data.bin', file, BINARY);
  const { rev } = (await client('GET', '/db/m')).body;
  expect(rev).toBeUndefined();
  const { body: head } = await client('GET', '/db/m');
  await client('PUT', `/db/m/a.txt?rev=${head._rev}`, 'text', { 'Content-Type': 'text/plain' });
  const accept = { Accept: 'multipart/related' };
  const path = '/db/m?attachments=true&revs=true&att_encoding_info=true';
  const whole = await client('GET', path, undefined, accept);
  const type = whole.headers['content-type'] as string;
  expect(type).toContain('multipart/related');
  await client('PUT', '/copy');
  const headers = { 'Content-Type': type };
  const put = await client('PUT', '/copy/m?new_edits=false', whole.bytes, headers);
  expect(put.status).toBe(201);
  const stubs = async (database: string) => (await client('GET', `/${database}/m`)).body;
  expect(await stubs('copy')).toEqual(await stubs('db'));
  expect((await client('GET', '/copy/m/data.bin')).bytes.equals(file)).toBe(true);
  expect((await client('GET', '/copy/m/a.txt')).text).toBe('text');
});

it('refuses multipart that breaks off or does not fit', async () => {
  const type = { 'Content-Type': 'multipart/related; boundary=abc' };
  const document = '{"_attachments":{"a":{"follows":true,"content_type":"x/y"}}}';
  const bodies = [
    '',
    '--abc\r\n\r\n{}',
    `--abc\r\n\r\n${document}\r\n--abc--`,
    `--abc\r\n\r\n${document}\r\n--abc\r\n\r\nx\r\n--abc\r\n\r\ny\r\n--abc--`,
    '--abc\r\n\r\n[]\r\n--abc--',
    '--other\r\n\r\n{}\r\n--other--',
  ];
  for (const body of bodies) {
    const { status } = await client('PUT', '/db/bad', body, type);
    expect(status, body).toBe(400);
  }
  expect(
    (await client('PUT', '/db/bad', '{}', { 'Content-Type': 'multipart/related' })).status,
  ).toBe(400);
  expect((await client('GET', '/db')).body.doc_count).toBe(0);
});

it('does not let a client name stored bytes that are not his', async () => {
  await client('PUT', '/db/x/a', 'secret', BINARY);
  const staged = { blob: 1, length: 6, digest: 'md5-x' };
  const attachments = { a: { content_type: 'x/y', staged } };
  const { status } = await client('PUT', '/db/y', { _attachments: attachments });
  expect(status).toBe(400);
});
