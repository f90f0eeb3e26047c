import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { connect } from 'node:net';
import { gzipSync } from 'node:zlib';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type CouchServer, startCouchServer } from '../../mockup/couch-server/server.ts';
import { type Client, clientOf, openFeed } from './http-client.ts';

// What somebody may send who may send anything: nobody else must wait, fail or lose by it.

const BINARY = { 'Content-Type': 'application/octet-stream' };
const problems: unknown[] = [];
let server: CouchServer;
let client: Client;

beforeEach(async () => {
  problems.length = 0;
  server = await startCouchServer({
    limits: { stalledMs: 300 },
    log: (message, error) => problems.push([message, error]),
  });
  client = clientOf(server.url);
  await client('PUT', '/db');
});

afterEach(async () => {
  client.close();
  await server.close();
});

const nested = (levels: number): string => `{"a":${'['.repeat(levels)}${']'.repeat(levels)}}`;

describe('documents', () => {
  it('of any depth harm no one who writes at the same time', async () => {
    const index = { index: { fields: ['a'] }, ddoc: 'i', name: 'i' };
    expect((await client('POST', '/db/_index', index)).status).toBe(200);
    const depths = [400, 700, 3000, 100_000];
    const [fine, ...refused] = await Promise.all(
      depths.flatMap((depth, n) => [
        client('PUT', `/db/deep${n}`, nested(depth)),
        client('PUT', `/db/_local/deep${n}`, nested(depth)),
        client('PUT', `/db/other${n}`, { n }),
      ]),
    );
    expect(fine?.status).toBe(201);
    const statuses = refused.map(({ status }) => status);
    expect(statuses).toEqual([201, 201, 400, 400, 201, 400, 400, 201, 400, 400, 201]);
    const { body } = await client('GET', '/db');
    expect(body.doc_count).toBe(6);
    expect(problems).toEqual([]);
  });

  it('that are local have the limits of all, by every way in, and stay apart', async () => {
    const big = { text: 'x'.repeat(8_100_000) };
    expect((await client('PUT', '/db/_local/big', big)).status).toBe(413);
    expect((await client('PUT', '/db/_local/a%00b', {})).status).toBe(400);
    expect((await client('PUT', '/db/_local/a/file', {})).status).toBe(400);
    const local = { _id: '_local/x' };
    expect((await client('POST', '/db', { ...local, ...big })).status).toBe(413);
    expect((await client('POST', '/db', local)).body).toMatchObject({ rev: '0-1' });
    const bulk = await client('POST', '/db/_bulk_docs', { docs: [local, { ...local, ...big }] });
    expect(bulk.status).toBe(413);
    await client('PUT', '/db/x', {});
    const copy = await client('COPY', '/db/x', undefined, { Destination: '_local/x' });
    expect(copy.body).toMatchObject({ id: '_local/x', rev: '0-1' });
    expect((await client('GET', '/db/_all_docs')).body.total_rows).toBe(1);
  });

  it('with attachments of odd types can be read', async () => {
    const data = Buffer.from('text').toString('base64');
    const _attachments = { a: { content_type: 'text/π', data } };
    expect((await client('PUT', '/db/odd', { _attachments })).status).toBe(201);
    const { status, headers } = await client('GET', '/db/odd/a');
    expect([status, headers['content-type']]).toEqual([200, 'application/octet-stream']);
    const { _attachments: stubs } = (await client('GET', '/db/odd')).body;
    expect(stubs.a.content_type).toBe('text/π');
  });
});

describe('compressed uploads', () => {
  const put = (bytes: Buffer, length: number) => {
    const stub = { content_type: 'text/plain', encoding: 'gzip', length, follows: true };
    const document = JSON.stringify({ _attachments: { a: stub } });
    const body = Buffer.concat([
      Buffer.from(`--b\r\nContent-Type: application/json\r\n\r\n${document}\r\n--b\r\n\r\n`),
      bytes,
      Buffer.from('\r\n--b--'),
    ]);
    return client('PUT', '/db/z', body, { 'Content-Type': 'multipart/related; boundary=b' });
  };

  it('must be what they say', async () => {
    const bomb = gzipSync(Buffer.alloc(64 * 1024 ** 2));
    for (const [bytes, length] of [
      [bomb, 10],
      [gzipSync('short'), 4000],
      [randomBytes(1000), 1000],
      [gzipSync('broken off').subarray(0, 12), 10],
    ] as const) {
      const { status, body } = await put(bytes, length);
      expect([status, body.error], String(length)).toEqual([400, 'bad_request']);
    }
    expect((await client('GET', '/db')).body.doc_count).toBe(0);
    expect((await put(gzipSync('right'), 5)).status).toBe(201);
    expect((await client('GET', '/db/z/a')).text).toBe('right');
    expect(problems).toEqual([]);
  });
});

describe('answers', () => {
  it('do not hold large attachments in memory as text', async () => {
    const large = Buffer.alloc(33 * 1024 ** 2);
    const { rev } = (await client('PUT', '/db/big/a', large, BINARY)).body;
    await client('PUT', `/db/big/b?rev=${rev}`, large, BINARY);
    const path = '/db/big?attachments=true';
    const { status, body } = await client('GET', path, undefined, { Accept: 'application/json' });
    expect([status, body.error]).toEqual([413, 'attachment_too_large']);
    expect((await client('GET', '/db/big/b')).bytes.length).toBe(large.length);
  });

  it('of any size come piece by piece', async () => {
    const text = 'x'.repeat(1_000_000);
    for (let n = 0; n < 9; n++) await client('PUT', `/db/${n}`, { n, text });
    for (const sort of [undefined, [{ _id: 'asc' }]]) {
      const query = { selector: { _id: { $gt: null } }, limit: 1000, ...(sort && { sort }) };
      const { body, headers } = await client('POST', '/db/_find', query);
      expect(headers['transfer-encoding']).toBe('chunked');
      expect(body.docs.map(({ n }: { n: number }) => n)).toEqual([0, 1, 2, 3, 4, 5, 6, 7, 8]);
      expect(body.docs.every((doc: { text: string }) => doc.text === text)).toBe(true);
    }
    const { body } = await client('GET', '/db/_all_docs?include_docs=true&descending=true&skip=1');
    expect(body.rows.map(({ id }: { id: string }) => id)).toEqual([...'76543210']);
    const none = await client('POST', '/db/_find', { selector: { n: -1 } });
    expect(none.body).toMatchObject({ docs: [], bookmark: 'nil' });
  });

  it('that nobody takes are let go', async () => {
    await client('PUT', '/db/big/a', Buffer.alloc(40 * 1024 ** 2), BINARY);
    const socket = connect(server.port, '127.0.0.1');
    socket.pause();
    socket.on('error', () => undefined);
    socket.write('GET /db/big/a HTTP/1.1\r\nHost: localhost\r\n\r\n');
    await once(socket, 'connect');
    // Not a byte is read until the server has given up: then less arrives than was promised.
    const open = () =>
      [...process.getActiveResourcesInfo()].filter((one) => one === 'TCPSocketWrap');
    const before = open().length;
    while (open().length >= before) await new Promise((next) => setTimeout(next, 20));
    let received = 0;
    socket.on('data', (piece) => {
      received += piece.length;
    });
    socket.resume();
    await once(socket, 'close');
    expect(received).toBeLessThan(40 * 1024 ** 2);
  });
});

it('requests that do not come to their end are let go', async () => {
  const hurried = await startCouchServer({ limits: { headersTimeoutMs: 200 } });
  const socket = connect(hurried.port, '127.0.0.1');
  socket.write('GET /db HTTP/1.1\r\nHost: localhost\r\n');
  const [answer] = await once(socket, 'data');
  expect(String(answer)).toMatch(/^HTTP\/1\.1 408 /);
  await once(socket, 'close');
  await hurried.close();
});

describe('regular expressions', () => {
  const evil = ['(?i)^(a+)+$', '(?=a)^(a+)+$', '^(a+)+\\1$', '^(a+)+$'];

  it.each(evil)('that backtrack for ever come to an end: %s', async (regex) => {
    await client('PUT', '/db/x', { text: `${'a'.repeat(40)}!` });
    const query = { selector: { text: { $regex: regex } } };
    const { status, body } = await client('POST', '/db/_find', query);
    expect(status === 200 ? body.docs : body.error).toEqual(status === 200 ? [] : 'bad_arg');
    expect((await client('GET', '/db')).status).toBe(200);
  });

  it('with flags and look-around match as they should', async () => {
    await client('PUT', '/db/x', { text: 'A line OF the observatory' });
    for (const [regex, found] of [
      ['(?i)^a LINE of', 1],
      ['^(?!B)A line (?=OF)', 1],
      ['(line).*\\1', 0],
    ]) {
      const query = { selector: { text: { $regex: regex } } };
      expect((await client('POST', '/db/_find', query)).body.docs, String(regex)).toHaveLength(
        found as number,
      );
    }
  });

  it('with look-ahead match any number of documents', async () => {
    const docs = Array.from({ length: 500 }, (_, n) => ({ text: `line ${n} of the observatory` }));
    await client('POST', '/db/_bulk_docs', { docs });
    const selector = { text: { $regex: '^line \\d+ (?=of)' } };
    const { status, body } = await client('POST', '/db/_find', { selector, limit: 1000 });
    expect([status, body.docs?.length]).toEqual([200, 500]);
  });

  it('that fail in a feed end it, so that no change is passed over', async () => {
    const selector = { text: { $regex: '(?=a)^(a+)+$' } };
    const feed = await openFeed(`${server.url}/db/_changes?feed=continuous&filter=_selector`, {
      selector,
    });
    await client('PUT', '/db/fine', { text: 'aaaa' });
    await feed.until((lines) => lines.length === 1);
    await client('PUT', '/db/evil', { text: `${'a'.repeat(40)}!` });
    await feed.ended;
    expect(feed.lines).toHaveLength(1);
  });
});

it('asks of a heartbeat that is none are refused', async () => {
  for (const heartbeat of ['-1', 'x', '0', '1e300', '9'.repeat(30)]) {
    const path = `/_db_updates?feed=continuous&heartbeat=${heartbeat}`;
    expect((await client('GET', path)).status, heartbeat).toBe(400);
  }
});

it('any number of revisions may be asked for', async () => {
  const revs = Array.from({ length: 150_000 }, (_, n) => `${n + 1}-${n.toString(16)}`);
  await client('PUT', '/db/x', {});
  const { status, body } = await client('POST', '/db/_revs_diff', { x: revs });
  expect([status, body.x.missing.length]).toEqual([200, revs.length]);
});
