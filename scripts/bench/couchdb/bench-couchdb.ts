// What a CouchDB server does in a second, measured over HTTP from outside. The same measurements
// run on the embedded server and on an Apache CouchDB.

import { randomBytes } from 'node:crypto';
import { readFeed } from './feed-reader.ts';
import { RawClient } from './raw-client.ts';

export interface CouchdbBenchOptions {
  /** May carry user and password. */
  readonly url: string;
  /** Multiplies the number of operations; default 1. */
  readonly scale?: number;
}

export interface Measurement {
  readonly name: string;
  readonly value: number;
  readonly unit: string;
  /** What Apache CouchDB 3.5 reached on a machine of two cores. */
  readonly couchdb: string;
}

const body = (n: number): string =>
  JSON.stringify({
    n,
    type: `t${n % 100}`,
    text: 'x'.repeat(120),
    list: [1, 2, 3],
    nested: { n },
  });

/** Makes a database of its own and removes it afterwards. */
export async function benchCouchdb({
  url,
  scale = 1,
}: CouchdbBenchOptions): Promise<Measurement[]> {
  const database = `bench-${randomBytes(6).toString('hex')}`;
  const clients = await Promise.all(Array.from({ length: 8 }, () => RawClient.open(url)));
  const [client] = clients as [RawClient, ...RawClient[]];
  const count = (n: number): number => Math.max(20, Math.round(n * scale));
  await client.expect(201, 'PUT', `/${database}`);
  try {
    const results: Measurement[] = [];
    const add = (name: string, value: number, unit: string, couchdb: string): void => {
      results.push({ name, value: Math.round(value * 100) / 100, unit, couchdb });
    };
    const puts = count(3000);
    add('PUT, one connection', await putEach([client], database, 's', puts), '/s', '320-350');
    const many = count(20_000);
    add('PUT, eight connections', await putEach(clients, database, 'c', many), '/s', '890');
    const bulk = count(40_000);
    add('_bulk_docs of 1000', await bulkEach(client, database, bulk), 'documents/s', '21,800');
    add(
      'GET, one connection',
      await getEach(client, database, count(8000), puts),
      '/s',
      '1,100-1,300',
    );
    await makeIndex(client, database);
    add('_find by index', await findEach(client, database, count(4000)), '/s', '560');
    add('change seen after', await feedDelay(client, url, database, count(500)), 'ms', '0.5');
    return results;
  } finally {
    await client.request('DELETE', `/${database}`);
    for (const one of clients) one.close();
  }
}

async function rate(operations: number, work: () => Promise<void>): Promise<number> {
  const started = performance.now();
  await work();
  return operations / ((performance.now() - started) / 1000);
}

function putEach(
  clients: readonly RawClient[],
  database: string,
  prefix: string,
  count: number,
): Promise<number> {
  let next = 0;
  return rate(count, async () => {
    await Promise.all(
      clients.map(async (client) => {
        while (next < count) {
          const n = next++;
          await client.expect(201, 'PUT', `/${database}/${prefix}${n}`, body(n));
        }
      }),
    );
  });
}

function bulkEach(client: RawClient, database: string, count: number): Promise<number> {
  const size = Math.min(1000, count);
  const batches = Math.floor(count / size);
  const texts = Array.from({ length: batches }, (_, batch) => {
    const docs = Array.from({ length: size }, (_, n) => {
      const id = `b${String(batch * size + n).padStart(7, '0')}`;
      return `{"_id":"${id}",${body(n).slice(1)}`;
    });
    return `{"docs":[${docs.join(',')}]}`;
  });
  return rate(batches * size, async () => {
    for (const text of texts) await client.expect(201, 'POST', `/${database}/_bulk_docs`, text);
  });
}

function getEach(
  client: RawClient,
  database: string,
  count: number,
  documents: number,
): Promise<number> {
  return rate(count, async () => {
    for (let n = 0; n < count; n++) {
      await client.expect(200, 'GET', `/${database}/s${(n * 7919) % documents}`);
    }
  });
}

async function makeIndex(client: RawClient, database: string): Promise<void> {
  const index = { index: { fields: ['type', 'n'] }, name: 'by-type', ddoc: 'bench' };
  await client.expect(200, 'POST', `/${database}/_index`, JSON.stringify(index));
  const query = JSON.stringify({ selector: { type: 't1', n: 1 }, limit: 1 });
  await client.expect(200, 'POST', `/${database}/_find`, query);
}

function findEach(client: RawClient, database: string, count: number): Promise<number> {
  return rate(count, async () => {
    for (let n = 0; n < count; n++) {
      const selector = { type: `t${n % 100}`, n: n % 1000 };
      const query = JSON.stringify({ selector, limit: 10 });
      await client.expect(200, 'POST', `/${database}/_find`, query);
    }
  });
}

/** Median time from the answer of a write to its line on a continuous feed; 0 where it was before. */
async function feedDelay(
  client: RawClient,
  url: string,
  database: string,
  count: number,
): Promise<number> {
  const query = 'feed=continuous&since=now&heartbeat=10000';
  const feed = await readFeed(`${url}/${database}/_changes?${query}`);
  const answered = new Map<string, number>();
  for (let n = 0; n < count; n++) {
    await client.expect(201, 'PUT', `/${database}/f${n}`, body(n));
    answered.set(`f${n}`, performance.now());
  }
  await feed.until(count);
  feed.close();
  const delays = [...answered].map(([id, at]) => Math.max(0, (feed.seen.get(id) ?? at) - at));
  delays.sort((a, b) => a - b);
  return delays[Math.floor(delays.length / 2)] ?? 0;
}
