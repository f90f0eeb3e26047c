// What one OUS costs where many have been delivered before: `DRAWS_BENCH_HISTORY=0,10000,100000`.
// Start, processor time of servers and of all else for each OUS, and memory, for each length.

import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { connectTo } from '../../../mockup/cli/site/connection.ts';
import { startCouchServer } from '../../../mockup/couch-server/server.ts';
import { initDatabases } from '../../../mockup/replication/init-databases.ts';
import type { Figure } from '../figure.ts';
import { processesOf } from '../line/cpu-time.ts';
import { delivered, deliverOne, openEntities } from '../line/deliver-one.ts';
import { startLine } from '../line/line-process.ts';
import { settled } from '../line/settled.ts';
import { fillWithDelivered } from './delivered-ouss.ts';

const LENGTHS = (process.env.DRAWS_BENCH_HISTORY ?? '0,10000').split(',').map(Number);
const OUSS = 10;
const SITES = ['jao', 'eu'];
const MB = 2 ** 20;

export async function benchHistory(): Promise<Figure[]> {
  const figures: Figure[] = [];
  for (const length of LENGTHS) figures.push(...(await measure(length)));
  return figures;
}

async function measure(length: number): Promise<Figure[]> {
  const directory = await mkdtemp(join(tmpdir(), 'draws-history-'));
  try {
    await fill(directory, length);
    const begun = performance.now();
    const line = await startLine(['--ous', '1'], undefined, directory);
    try {
      const entities = openEntities(line);
      await delivered(entities, 'uid://X1/X1/Xb0');
      const start_s = (performance.now() - begun) / 1000;
      await settled(line);
      const before = usage(line.pid);
      for (let n = 0; n < OUSS; n++) await deliverOne(entities, n);
      await settled(line);
      await sleep(3_000);
      const after = usage(line.pid);
      const what = (text: string) => `${length.toLocaleString('en')} before: ${text}`;
      const each = (from: number, to: number) => (1000 * (to - from)) / OUSS;
      return [
        { what: what('start to the first Delivered'), value: start_s, unit: 's' },
        { what: what('servers'), value: each(before.servers_s, after.servers_s), unit: 'ms CPU' },
        { what: what('all others'), value: each(before.others_s, after.others_s), unit: 'ms CPU' },
        { what: what('memory of the servers'), value: after.servers_bytes / MB, unit: 'MiB' },
        { what: what('memory of all others'), value: after.others_bytes / MB, unit: 'MiB' },
      ];
    } finally {
      await line.stop();
    }
  } finally {
    await rm(directory, { recursive: true, force: true });
  }
}

/** Each site's server is filled where the line will start it. */
async function fill(directory: string, length: number): Promise<void> {
  const servers = await Promise.all(
    SITES.map((site) => startCouchServer({ directory: join(directory, site, 'couchdb') })),
  );
  try {
    const databases = servers.map(({ url }) => connectTo(url));
    for (const one of databases) await initDatabases(one);
    await fillWithDelivered(databases, length);
  } finally {
    await Promise.all(servers.map((server) => server.close()));
  }
}

function usage(pid: number) {
  const sum = { servers_s: 0, others_s: 0, servers_bytes: 0, others_bytes: 0 };
  for (const { command, cpu_s, memory_bytes } of processesOf(pid)) {
    const isServer = / couchdb( |$)/.test(command);
    sum[isServer ? 'servers_s' : 'others_s'] += cpu_s;
    sum[isServer ? 'servers_bytes' : 'others_bytes'] += memory_bytes;
  }
  return sum;
}
