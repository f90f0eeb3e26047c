// The real page in a real Chromium with a large site: time to the first useful picture, from a change
// in the database to the screen, and how long the page is not free for a person while 200 OUSs a
// second change.

import { setTimeout as sleep } from 'node:timers/promises';
import { launchOus, type OusDocument } from '../../../mockup/core/ous/ous.ts';
import { formatTimestamp } from '../../../mockup/core/timestamps.ts';
import type { DatabaseServer, Stored } from '../../../mockup/platform/couch/database.ts';
import type { Figure } from '../figure.ts';
import { startServer } from '../server-process.ts';
import { quantile } from '../statistics.ts';
import { type BenchPage, openBenchPage } from './bench-page.ts';
import type { MainThread } from './page-trace.ts';
import { startDashboard } from './server-process.ts';
import { fillSite, openServer } from './server-site.ts';

const SIZE = { ouss: 10_000, files: 50_000, messages: 20_000 };
const LONE_CHANGES = 60;
const SECONDS = 15;
const CHANGES_PER_SECOND = 200;
const BURST_INTERVAL_MS = 50;
/** What the UIDs of all OUSs have. */
const TYPED = 'uid://a001/x';
const LIMIT_MS = 10_000;

export async function benchDashboardPage(couchdb: string | undefined): Promise<Figure[]> {
  const couch = await startServer(couchdb);
  try {
    const server = openServer(couch.url);
    await fillSite(server, SIZE);
    const dashboard = await startDashboard(couch.url);
    try {
      while ((await fetch(`${dashboard.url}/healthz`)).status !== 200) await sleep(50);
      const page = await openBenchPage(dashboard.url);
      try {
        const picture_ms = await page.firstPicture_ms();
        const lone_ms = await loneChanges(server, page);
        const trace = await page.trace();
        const many_ms = await manyChanges(server, page);
        return figures(picture_ms, lone_ms, many_ms, await trace.stop());
      } finally {
        await page.close();
      }
    } finally {
      await dashboard.stop();
    }
  } finally {
    await couch.close();
  }
}

/** The project of an OUS in sight changes; until the new one is drawn. */
async function loneChanges(server: DatabaseServer, page: BenchPage): Promise<number[]> {
  const database = server.open('status-entities');
  const id = await page.idOfFirstCard();
  let current = (await database.get<OusDocument>(id)) as Stored<OusDocument>;
  const latencies: number[] = [];
  for (let count = 0; count < LONE_CHANGES; count++) {
    current = { ...current, progID: `2026.1.${String(count).padStart(5, '0')}.S` };
    const drawn = page.drawn(id, current.progID);
    await drawn.isWatched;
    const started_ms = Date.now();
    const [rev, drawn_ms] = await Promise.all([database.put(current), drawn.at_ms]);
    latencies.push(drawn_ms - started_ms);
    current = { ...current, _rev: rev };
    await sleep(120);
  }
  return latencies;
}

/** Delivered OUSs go back to the start while a person types; until the column counts them. */
async function manyChanges(server: DatabaseServer, page: BenchPage): Promise<number[]> {
  const database = server.open('status-entities');
  const all = await database.allDocs<OusDocument>({ limit: SIZE.ouss });
  const docs = all
    .filter(({ state }) => state === 'Delivered')
    .slice(0, CHANGES_PER_SECOND * SECONDS);
  const counted = await page.watchCount('ReadyForProcessing');
  const perBurst = (CHANGES_PER_SECOND * BURST_INTERVAL_MS) / 1000;
  const sent: { count: number; at_ms: number }[] = [];
  const typing = page.type(TYPED, (SECONDS * 1000) / 2 / TYPED.length);
  const started = performance.now();
  for (let at = 0; at < docs.length; at += perBurst) {
    const context = { timestamp: formatTimestamp(Date.now()), by: 'launcher@JAO' };
    const burst = docs.slice(at, at + perBurst);
    sent.push({ count: counted.first + at + burst.length, at_ms: Date.now() });
    await database.bulk(burst.map((doc) => launchOus(doc, doc.entityId, doc.progID, context)));
    const next = started + (at / perBurst + 1) * BURST_INTERVAL_MS;
    await sleep(Math.max(next - performance.now(), 0));
  }
  await typing;
  const seen = await counted.until(sent.at(-1)?.count ?? 0, LIMIT_MS);
  return sent.map(({ count, at_ms }) => {
    const drawn = seen.find((one) => one.count >= count);
    return (drawn?.at_ms ?? Number.POSITIVE_INFINITY) - at_ms;
  });
}

function figures(
  picture_ms: number,
  lone_ms: number[],
  many_ms: number[],
  main: MainThread,
): Figure[] {
  const many = `${CHANGES_PER_SECOND} changes/s`;
  const ms = (what: string, value: number, aim: number): Figure => {
    return { what, value, unit: 'ms', aim: { value: aim, is: 'at most' } };
  };
  return [
    ms('address → first useful picture', picture_ms, 1500),
    ms('lone change → screen, median', quantile(lone_ms, 0.5), 50),
    ms('lone change → screen, p99', quantile(lone_ms, 0.99), 250),
    { what: `${many} → screen, median`, value: quantile(many_ms, 0.5), unit: 'ms' },
    ms(`${many} → screen, p99`, quantile(many_ms, 0.99), 250),
    ms(`${many}: longest task, processor time`, main.cpu_ms[0] ?? 0, 100),
    { what: `${many}: longest task, wall clock`, value: main.wall_ms[0] ?? 0, unit: 'ms' },
    { what: `${many}: the page's main thread`, value: main.share * 100, unit: '% of a core' },
  ];
}
