// `node scripts/bench/couchdb/replication.ts [--scale X]`: replication between two embedded servers,
// each in a process of its own, set up as two sites are: pulled by the receiver.

import { setTimeout as delay } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import { median, quantile } from '../statistics.ts';
import type { Measurement } from './bench-couchdb.ts';
import { type EmbeddedServer, startEmbeddedServer } from './embedded-server.ts';
import { readFeed } from './feed-reader.ts';
import { RawClient } from './raw-client.ts';

const databases = ['one', 'two', 'three', 'four', 'five', 'six'];
/** So that, with the six one way, nine replications run, as between two sites of the line. */
const bothWays = ['four', 'five', 'six'];

type Sites = { jao: EmbeddedServer; eu: EmbeddedServer; write: RawClient; read: RawClient };

/** `scale` multiplies the number of documents. */
export async function benchReplication(scale = 1): Promise<Measurement[]> {
  const jao = await startEmbeddedServer();
  const eu = await startEmbeddedServer();
  const write = await RawClient.open(jao.url);
  const read = await RawClient.open(eu.url);
  const sites = { jao, eu, write, read };
  try {
    await setUp(sites);
    return [
      ...(await latencies(sites, Math.max(20, Math.round(300 * scale)))),
      await throughput(sites, Math.max(100, Math.round(2000 * scale))),
      await singleWrites(sites, Math.max(20, Math.round(500 * scale))),
      await idleLoad(sites, 10_000 * Math.min(1, scale)),
    ];
  } finally {
    write.close();
    read.close();
    await Promise.all([jao.stop(), eu.stop()]);
  }
}

async function setUp({ jao, eu, write, read }: Sites): Promise<void> {
  const pull = (at: RawClient, from: EmbeddedServer, to: EmbeddedServer, database: string) => {
    const source = `${from.url}/${database}`;
    const target = `${to.url}/${database}`;
    const job = JSON.stringify({ source, target, continuous: true });
    return at.expect(201, 'PUT', `/_replicator/${database}`, job);
  };
  for (const database of databases) {
    for (const client of [write, read]) await client.expect(201, 'PUT', `/${database}`);
    await pull(read, jao, eu, database);
  }
  for (const database of bothWays) await pull(write, eu, jao, database);
  for (const [client, count] of [
    [read, databases.length],
    [write, bothWays.length],
  ] as const) {
    for (;;) {
      const { docs } = JSON.parse(await client.expect(200, 'GET', '/_scheduler/docs'));
      const running = docs.filter(({ state }: { state: string }) => state === 'running');
      if (running.length === count) break;
      await delay(20);
    }
  }
}

/** From the sending of a write at one site until a feed of the other site shows it. */
async function latencies({ eu, write }: Sites, count: number): Promise<Measurement[]> {
  const feed = await feedOf(eu, 'one');
  const times: number[] = [];
  for (let n = 0; n < count; n++) {
    const begun = performance.now();
    await write.expect(201, 'PUT', `/one/latency${n}`, documentText(n));
    await feed.until(n + 1);
    times.push((feed.seen.get(`latency${n}`) ?? Number.NaN) - begun);
    await delay(5);
  }
  feed.close();
  return [
    measured('replication latency, median', median(times), 'ms', '98'),
    measured('replication latency, 99 %', quantile(times, 0.99), 'ms', '-'),
  ];
}

/** Documents in bulk into all databases at once, until the last is at the other site. */
async function throughput({ jao, eu }: Sites, perDatabase: number): Promise<Measurement> {
  const begun = performance.now();
  const each = databases
    .slice(1)
    .concat('one')
    .map(async (database) => {
      const feed = await feedOf(eu, database);
      const client = await RawClient.open(jao.url);
      for (let n = 0; n < perDatabase; n += 100) {
        const docs = Array.from({ length: 100 }, (_, i) => `{"_id":"bulk${n + i}",${rest(n + i)}`);
        await client.expect(
          201,
          'POST',
          `/${database}/_bulk_docs`,
          `{"docs":[${docs.join(',')}]}`,
        );
      }
      client.close();
      await feed.until(Math.ceil(perDatabase / 100) * 100);
      feed.close();
    });
  await Promise.all(each);
  const documents = Math.ceil(perDatabase / 100) * 100 * databases.length;
  const rate = (1000 * documents) / (performance.now() - begun);
  return measured('six databases, bulk', rate, 'documents/s', '-');
}

/** Documents one by one, one connection per database, until the last is at the other site. */
async function singleWrites({ jao, eu }: Sites, perDatabase: number): Promise<Measurement> {
  const begun = performance.now();
  const each = databases.map(async (database) => {
    const feed = await feedOf(eu, database);
    const client = await RawClient.open(jao.url);
    for (let n = 0; n < perDatabase; n++) {
      await client.expect(201, 'PUT', `/${database}/single${n}`, documentText(n));
    }
    client.close();
    await feed.until(perDatabase);
    feed.close();
  });
  await Promise.all(each);
  const rate = (1000 * perDatabase * databases.length) / (performance.now() - begun);
  return measured('six databases, one by one', rate, 'documents/s', '-');
}

/** Processor time of both servers while nothing happens, as a share of one core. */
async function idleLoad({ jao, eu }: Sites, duration_ms: number): Promise<Measurement> {
  await delay(6_000); // The last checkpoints are written some seconds after the last change.
  const used = async () => (await jao.usage()).cpu_ms + (await eu.usage()).cpu_ms;
  const before = await used();
  await delay(duration_ms);
  const share = (100 * ((await used()) - before)) / duration_ms;
  return measured('nine replications idle', share, '% of a core', '-');
}

function feedOf(server: EmbeddedServer, database: string) {
  return readFeed(`${server.url}/${database}/_changes?feed=continuous&since=now&heartbeat=30000`);
}

function documentText(n: number): string {
  return `{${rest(n)}`;
}

function rest(n: number): string {
  return `"n":${n},"text":"${'x'.repeat(200)}"}`;
}

function measured(name: string, value: number, unit: string, couchdb: string): Measurement {
  return { name, value: Math.round(value * 100) / 100, unit, couchdb };
}

if (import.meta.main) {
  const { values } = parseArgs({ options: { scale: { type: 'string', default: '1' } } });
  for (const { name, value, unit, couchdb } of await benchReplication(Number(values.scale))) {
    const shown = `${value.toLocaleString('en')} ${unit}`;
    console.log(`${name.padEnd(30)}${shown.padStart(22)}   CouchDB 3.5: ${couchdb}`);
  }
}
