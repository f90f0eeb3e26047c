// The whole line at pace 0: what is left of the time of one OUS when nobody waits on purpose, how
// many OUSs a second go through, how many database requests one takes, and what the line costs
// while it has nothing to do.

import { setTimeout as sleep } from 'node:timers/promises';
import { couchRequest } from '../../../mockup/replication/couch-request.ts';
import type { Figure } from '../figure.ts';
import { startServer } from '../server-process.ts';
import { median, quantile } from '../statistics.ts';
import { cpuSeconds } from './cpu-time.ts';
import { delivered, deliverOne, openEntities } from './deliver-one.ts';
import { type RunningLine, startLine } from './line-process.ts';

const ONE_BY_ONE = 15;
const AT_ONCE = 50;
const IDLE_S = 20;

export async function benchLine(couchdb: string | undefined): Promise<Figure[]> {
  // Each begins without the documents of the other.
  const on = async (measure: (url: string | undefined) => Promise<Figure[]>) => {
    if (couchdb === undefined) return measure(undefined);
    const server = await startServer(couchdb);
    return measure(couchdb).finally(() => server.close());
  };
  return [...(await on(oneByOne)), ...(await on(manyAtOnce))];
}

async function oneByOne(couchdb: string | undefined): Promise<Figure[]> {
  const line = await startLine(['--ous', '1'], couchdb);
  try {
    const entities = openEntities(line);
    await delivered(entities, 'uid://X1/X1/Xb0');
    await sleep(2_000);
    const before = await requests(line);
    const times_s: number[] = [];
    for (let n = 0; n < ONE_BY_ONE; n++) times_s.push(await deliverOne(entities, n));
    // Time for what follows a delivery: answers read, heartbeats.
    await sleep(3_000);
    const after = await requests(line);
    const used = cpuSeconds(line.pid);
    await sleep(IDLE_S * 1000);
    const idle = (100 * (cpuSeconds(line.pid) - used)) / IDLE_S;
    return [
      {
        what: 'one OUS, launcher to Delivered, median',
        value: median(times_s),
        unit: 's',
        aim: { value: 1, is: 'at most' },
      },
      { what: 'one OUS, launcher to Delivered, 90 %', value: quantile(times_s, 0.9), unit: 's' },
      {
        what: 'database requests of an OUS',
        value: (after.clients - before.clients) / ONE_BY_ONE,
        unit: 'requests',
        aim: { value: 150, is: 'at most' },
      },
      {
        what: 'requests of replicators for an OUS',
        value: (after.replicators - before.replicators) / ONE_BY_ONE,
        unit: 'requests',
      },
      {
        what: 'idle, all processes together',
        value: idle,
        unit: '% of a core',
        aim: { value: 3, is: 'at most' },
      },
      // Apache CouchDB does not count requests by kind of client.
    ].filter(({ value }) => !Number.isNaN(value)) as Figure[];
  } finally {
    await line.stop();
  }
}

async function manyAtOnce(couchdb: string | undefined): Promise<Figure[]> {
  const line = await startLine(['--ous', '1', '-x', '4'], couchdb);
  try {
    const entities = openEntities(line);
    await delivered(entities, 'uid://X1/X1/Xb0');
    const started = performance.now();
    const numbers = Array.from({ length: AT_ONCE }, (_, n) => n);
    await Promise.all(numbers.map((n) => deliverOne(entities, n)));
    const seconds = (performance.now() - started) / 1000;
    return [
      {
        what: `${AT_ONCE} OUSs at once, torque-maui -x 4`,
        value: AT_ONCE / seconds,
        unit: 'OUS/s',
        aim: { value: 1, is: 'at least' },
      },
    ];
  } finally {
    await line.stop();
  }
}

interface RequestCounts {
  clients: number;
  replicators: number;
}

/** Of all servers of the line together; 0 where a server does not tell. */
async function requests(line: RunningLine): Promise<RequestCounts> {
  const sum: RequestCounts = { clients: 0, replicators: 0 };
  for (const url of line.urls) {
    const { body } = await couchRequest({ url, executive: 'the server' }, '/_node/_local/_stats');
    const stats = body as {
      draws?: { clients: { total: number }; replicators: { total: number } };
    };
    sum.clients += stats.draws?.clients.total ?? Number.NaN;
    sum.replicators += stats.draws?.replicators.total ?? Number.NaN;
  }
  return sum;
}
