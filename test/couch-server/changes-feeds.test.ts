import { mkdtemp, rm } from 'node:fs/promises';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { type CouchServer, startCouchServer } from '../../mockup/couch-server/server.ts';
import { type Client, clientOf, openFeed } from './http-client.ts';

let directory: string;
let server: CouchServer;
let client: Client;

beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'couch-feed-'));
  await start();
  await client('PUT', '/feed');
});

afterEach(async () => {
  client.close();
  await server.close();
  await rm(directory, { recursive: true, force: true });
});

async function start(): Promise<void> {
  server = await startCouchServer({ directory });
  client = clientOf(server.url);
}

async function restart(): Promise<void> {
  client.close();
  await server.close();
  await start();
}

const put = (n: number): Promise<unknown> =>
  client('PUT', `/feed/d${String(n).padStart(4, '0')}`, { n });
const idOf = (line: string): string => JSON.parse(line).id;

describe('a feed', () => {
  it('resumes without gap or repeat over restarts of the server', async () => {
    const seen: string[] = [];
    let since = '0';
    for (let round = 0; round < 3; round++) {
      const feed = await openFeed(`${server.url}/feed/_changes?feed=continuous&since=${since}`);
      const writes = Array.from({ length: 30 }, (_, n) => put(round * 30 + n));
      await Promise.all(writes);
      // Cut off somewhere in the middle, later at the end.
      const wanted = (round + 1) * 30 - (round < 2 ? 7 : 0) - seen.length;
      await feed.until((lines) => lines.length >= wanted);
      const taken = feed.lines.slice(0, wanted);
      feed.close();
      seen.push(...taken.map(idOf));
      since = JSON.parse(taken.at(-1) ?? '{}').seq;
      await restart();
    }
    const all = Array.from({ length: 90 }, (_, n) => `d${String(n).padStart(4, '0')}`);
    expect(seen.toSorted()).toEqual(all);
  });

  it('starts over when the database was made anew under its name', async () => {
    await put(1);
    await put(2);
    const { body: old } = await client('GET', '/feed/_changes');
    await client('DELETE', '/feed');
    await client('PUT', '/feed');
    await put(3);
    const { body } = await client('GET', `/feed/_changes?since=${old.last_seq}`);
    expect(body.results.map((row: { id: string }) => row.id)).toEqual(['d0003']);
  });

  it('ends with the database', async () => {
    const feed = await openFeed(`${server.url}/feed/_changes?feed=continuous&heartbeat=1000`);
    await put(1);
    await feed.until((lines) => lines.length === 1);
    await client('DELETE', '/feed');
    await feed.ended;
    expect(feed.lines.at(-1)).toContain('last_seq');
  });

  it('ends with the server, which leaves nothing open', async () => {
    const feed = await openFeed(`${server.url}/feed/_changes?feed=continuous&heartbeat=1000`);
    const updates = await openFeed(`${server.url}/_db_updates?feed=continuous`);
    await server.close();
    await Promise.all([feed.ended, updates.ended]);
    await start();
    expect((await client('GET', '/feed')).status).toBe(200);
  });

  it('shares each change among many selectors', async () => {
    const url = `${server.url}/feed/_changes?feed=continuous&include_docs=true&filter=_selector`;
    const feeds = await Promise.all(
      Array.from({ length: 25 }, (_, n) => openFeed(url, { selector: { to: `actor${n}` } })),
    );
    const docs = Array.from({ length: 200 }, (_, n) => ({ _id: `m${n}`, to: `actor${n % 50}` }));
    await Promise.all(docs.map((doc) => client('PUT', `/feed/${doc._id}`, doc)));
    await Promise.all(feeds.map((feed) => feed.until((lines) => lines.length === 4)));
    for (const [n, feed] of feeds.entries()) {
      const to = feed.lines.map((line) => JSON.parse(line).doc.to);
      expect(to).toEqual(Array(4).fill(`actor${n}`));
      feed.close();
    }
  });

  it('shows a database update of each kind', async () => {
    const feed = await openFeed(`${server.url}/_db_updates?feed=continuous&since=now`);
    await client('PUT', '/other');
    await client('PUT', '/other/x', {});
    await client('DELETE', '/other');
    await feed.until((lines) => lines.length === 3);
    feed.close();
    const events = feed.lines.map((line) => JSON.parse(line));
    expect(events.map(({ db_name, type }) => [db_name, type])).toEqual([
      ['other', 'created'],
      ['other', 'updated'],
      ['other', 'deleted'],
    ]);
  });

  it('serves a slow reader from the log, without holding what it did not take', async () => {
    const text = 'x'.repeat(100_000);
    const socket = connect(server.port, '127.0.0.1');
    socket.pause();
    const query = 'feed=continuous&include_docs=true&since=0&heartbeat=5000';
    socket.write(`GET /feed/_changes?${query} HTTP/1.1\r\nHost: localhost\r\n\r\n`);
    await vi.waitFor(async () => {
      const { body } = await client('GET', '/_node/_local/_stats');
      expect(body.couchdb.httpd.clients_requesting_changes.value).toBe(1);
    });
    const before = process.memoryUsage().arrayBuffers;
    for (let n = 0; n < 400; n++) await client('PUT', `/feed/big${n}`, { text });
    expect(process.memoryUsage().arrayBuffers - before).toBeLessThan(20_000_000);
    const ids = new Set<string>();
    socket.setEncoding('latin1').on('data', (data: unknown) => {
      for (const match of String(data).matchAll(/"id":"(big\d+)"/g)) ids.add(match[1] as string);
    });
    socket.resume();
    await vi.waitFor(() => expect(ids.size).toBeGreaterThan(395), { timeout: 20_000 });
    socket.destroy();
  });

  it('refuses more feeds than the limit', async () => {
    const small = await startCouchServer({ limits: { maxFeeds: 2 } });
    const other = clientOf(small.url);
    await other('PUT', '/feed');
    const url = `${small.url}/feed/_changes?feed=continuous`;
    const feeds = [await openFeed(url), await openFeed(url)];
    const refused = await other('GET', '/feed/_changes?feed=continuous');
    expect(refused.status).toBe(503);
    for (const feed of feeds) feed.close();
    other.close();
    await small.close();
  });

  it('gives pages whose pending count goes down to nothing', async () => {
    await Promise.all(Array.from({ length: 25 }, (_, n) => put(n)));
    const ids: string[] = [];
    const pending: number[] = [];
    let since = '0';
    while (pending.at(-1) !== 0) {
      const { body } = await client('GET', `/feed/_changes?limit=10&since=${since}`);
      ids.push(...body.results.map((row: { id: string }) => row.id));
      pending.push(body.pending);
      since = body.last_seq;
    }
    expect(pending).toEqual([15, 5, 0]);
    expect(new Set(ids).size).toBe(25);
  });
});
