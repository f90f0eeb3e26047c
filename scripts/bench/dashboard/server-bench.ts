// The dashboard's server with a large site, many pages and many changes: memory, time to the first
// snapshot, and time from a change in the database to the page's websocket.

import { setTimeout as sleep } from 'node:timers/promises';
import { WebSocket } from 'ws';
import type { ServerMessage } from '../../../dashboard/protocol/live-messages.ts';
import type { OusDocument } from '../../../mockup/core/ous/ous.ts';
import { formatTimestamp, parseTimestamp } from '../../../mockup/core/timestamps.ts';
import type { DatabaseServer, Stored } from '../../../mockup/platform/couch/database.ts';
import type { Figure } from '../figure.ts';
import { startServer } from '../server-process.ts';
import { quantile } from '../statistics.ts';
import { startDashboard } from './server-process.ts';
import { fillSite, openServer } from './server-site.ts';

const SIZE = { ouss: 10_000, files: 50_000, messages: 20_000 };
const PAGES = 50;
const LONE_CHANGES = 60;
const SECONDS = 15;
const CHANGES_PER_SECOND = 200;
const BURST_INTERVAL_MS = 50;

export async function benchDashboardServer(couchdb: string | undefined): Promise<Figure[]> {
  const couch = await startServer(couchdb);
  try {
    const server = openServer(couch.url);
    await fillSite(server, SIZE);
    const started = performance.now();
    const dashboard = await startDashboard(couch.url);
    try {
      await isWatched(dashboard.url);
      const loaded_s = (performance.now() - started) / 1000;
      const alone = dashboard.memory_mib();
      const first = await openPage(dashboard.url);
      const pages = await Promise.all(
        Array.from({ length: PAGES - 1 }, () => openPage(dashboard.url)),
      );
      const lone_ms = await loneChanges(server, first);
      const many_ms = await manyChanges(server, first);
      const memory = dashboard.memory_mib();
      for (const page of [first, ...pages]) page.socket.terminate();
      return figures({ loaded_s, alone, memory, lone_ms, many_ms, first });
    } finally {
      await dashboard.stop();
    }
  } finally {
    await couch.close();
  }
}

interface Page {
  socket: WebSocket;
  snapshot_ms: number;
  snapshot_bytes: number;
  /** Called with the timestamp of each OUS change that comes. */
  onOus: (changed_ms: number) => void;
}

function openPage(url: string): Promise<Page> {
  return new Promise((resolve, reject) => {
    const started = performance.now();
    const socket = new WebSocket(`${url.replace('http', 'ws')}/api/live`);
    const page: Page = { socket, snapshot_ms: 0, snapshot_bytes: 0, onOus: () => {} };
    socket.on('error', reject);
    socket.on('message', (data: Buffer) => {
      const isFirst = page.snapshot_ms === 0;
      if (isFirst) {
        page.snapshot_ms = performance.now() - started;
        page.snapshot_bytes = data.length;
        return resolve(page);
      }
      const message = JSON.parse(data.toString()) as ServerMessage;
      if (message.type !== 'changes') return;
      for (const change of message.changes) {
        if (change.kind !== 'ous' || !('value' in change)) continue;
        page.onOus(change.value.changed_ms ?? 0);
      }
    });
  });
}

async function isWatched(url: string): Promise<void> {
  while ((await fetch(`${url}/healthz`)).status !== 200) await sleep(50);
}

/** Each change carries the time at which it was written. */
async function loneChanges(server: DatabaseServer, page: Page): Promise<number[]> {
  const database = server.open('status-entities');
  const [doc] = await database.allDocs<OusDocument>({ limit: 1 });
  let current = doc as Stored<OusDocument>;
  const latencies: number[] = [];
  for (let count = 0; count < LONE_CHANGES; count++) {
    const timestamp = formatTimestamp(Date.now());
    const told = new Promise<void>((resolve) => {
      page.onOus = (changed_ms) => {
        if (changed_ms === parseTimestamp(timestamp)) resolve();
      };
    });
    const started = performance.now();
    current = { ...current, timestamp };
    const [rev] = await Promise.all([database.put(current), told]);
    latencies.push(performance.now() - started);
    current = { ...current, _rev: rev };
    await sleep(120);
  }
  return latencies;
}

async function manyChanges(server: DatabaseServer, page: Page): Promise<number[]> {
  const database = server.open('status-entities');
  const docs = await database.allDocs<OusDocument>({ limit: CHANGES_PER_SECOND * SECONDS });
  const latencies: number[] = [];
  page.onOus = (changed_ms) => latencies.push(Date.now() - changed_ms);
  const perBurst = (CHANGES_PER_SECOND * BURST_INTERVAL_MS) / 1000;
  const started = performance.now();
  for (let at = 0; at < docs.length; at += perBurst) {
    const timestamp = formatTimestamp(Date.now());
    await database.bulk(docs.slice(at, at + perBurst).map((doc) => ({ ...doc, timestamp })));
    const next = started + (at / perBurst + 1) * BURST_INTERVAL_MS;
    await sleep(Math.max(next - performance.now(), 0));
  }
  const end = performance.now() + 5000;
  while (latencies.length < docs.length && performance.now() < end) await sleep(20);
  if (latencies.length < docs.length) throw new Error(`only ${latencies.length} changes came`);
  return latencies;
}

function figures(measured: {
  loaded_s: number;
  alone: { now: number };
  memory: { now: number; peak: number };
  lone_ms: number[];
  many_ms: number[];
  first: Page;
}): Figure[] {
  const { loaded_s, alone, memory, lone_ms, many_ms, first } = measured;
  const atMost = (value: number) => ({ value, is: 'at most' as const });
  const many = `${CHANGES_PER_SECOND} changes/s`;
  return [
    { what: 'start to all databases read', value: loaded_s, unit: 's' },
    { what: 'first snapshot', value: first.snapshot_ms, unit: 'ms', aim: atMost(1000) },
    { what: 'its size', value: first.snapshot_bytes / 2 ** 20, unit: 'MiB' },
    {
      what: 'lone change → websocket, median',
      value: quantile(lone_ms, 0.5),
      unit: 'ms',
      aim: atMost(50),
    },
    {
      what: 'lone change → websocket, p99',
      value: quantile(lone_ms, 0.99),
      unit: 'ms',
      aim: atMost(250),
    },
    {
      what: `${many} → websocket, median`,
      value: quantile(many_ms, 0.5),
      unit: 'ms',
      aim: atMost(100),
    },
    {
      what: `${many} → websocket, p99`,
      value: quantile(many_ms, 0.99),
      unit: 'ms',
      aim: atMost(250),
    },
    { what: 'memory once all is read', value: alone.now, unit: 'MiB', aim: atMost(200) },
    { what: `memory with ${PAGES} pages, then`, value: memory.now, unit: 'MiB', aim: atMost(200) },
    { what: 'memory at most, ever', value: memory.peak, unit: 'MiB', aim: atMost(200) },
  ];
}
