// The nine OUSs of the demonstration, seen through the page from ReadyForProcessing to Delivered; and
// a real database that goes away and comes back under a real dashboard.

import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Browser, Page } from 'playwright-core';
import { afterAll, afterEach, beforeAll, expect, it } from 'vitest';
import { startDashboard } from '../../../dashboard/server/dashboard.ts';
import { launchOus } from '../../../mockup/core/ous/ous.ts';
import { formatTimestamp } from '../../../mockup/core/timestamps.ts';
import { startCouchServer } from '../../../mockup/couch-server/server.ts';
import type { DatabaseServer } from '../../../mockup/platform/couch/database.ts';
import { Releases } from '../../../mockup/platform/process/releases.ts';
import { initDatabases } from '../../../mockup/replication/init-databases.ts';
import { startLine } from '../../integration/line/running-line.ts';
import { connect, optionsFor, ports } from '../server/site.ts';
import { eventually, launchBrowser, openPage, texts, webDirectory } from './browser.ts';

const DEMO_LIMIT_MS = 240_000;
const OUS_COUNT = 9;

let browser: Browser;
let releases: Releases;

beforeAll(async () => {
  browser = await launchBrowser();
}, 150_000);
afterAll(() => browser?.close());
afterEach(() => releases.release());

async function temporaryDirectory(): Promise<string> {
  releases = new Releases();
  const directory = await mkdtemp(join(tmpdir(), 'draws-page-'));
  releases.add(() => rm(directory, { recursive: true, force: true }));
  return directory;
}

async function open(url: string): Promise<Page> {
  const { page } = await openPage(browser, url, { hash: '#/board' });
  releases.add(() => page.context().close());
  return page;
}

const put = (server: DatabaseServer, uid: string, timestamp: string) =>
  server
    .open('status-entities')
    .put(launchOus(undefined, uid, '2019.1.01326.S', { timestamp, by: 'launcher@JAO' }));

const countOf = (page: Page, state: string) =>
  page.locator(`[data-state-column="${state}"] .column-count`).textContent();

it('shows the OUSs of the demonstration, and one more, on their way to Delivered', {
  timeout: DEMO_LIMIT_MS,
}, async () => {
  const data = await temporaryDirectory();
  const options = ['--pace', '0.2', '--ous', String(OUS_COUNT - 1), '--dashboard-port', '0'];
  const line = startLine(['--data', data, ...options]);
  releases.add(async () => {
    line.kill('SIGTERM');
    await line.end;
  });
  const [, database = '', url = ''] = await line.says(
    /JAO {2}CouchDB (http:\S+) .* {2}dashboard (http:\S+)/,
  );
  await eventually(async () => {
    const answer = await fetch(`${url}healthz`).catch(() => undefined);
    return answer?.ok ?? line.output();
  }).toBe(true);
  const page = await open(url);
  await page.evaluate(`void (window.seen = new Set(), setInterval(() => {
    for (const card of document.querySelectorAll('.card')) seen.add(card.dataset.column);
  }, 20))`);
  // The first ones may be assigned before there is a page.
  await put(connect(database), 'uid://A001/X1465/X1014', formatTimestamp(Date.now()));
  await expect
    .poll(() => countOf(page, 'Delivered'), { timeout: DEMO_LIMIT_MS / 2, interval: 100 })
    .toBe(String(OUS_COUNT));
  const seen = (await page.evaluate('[...seen]')) as string[];
  expect(seen).toEqual(expect.arrayContaining(['ReadyForProcessing', 'Processing', 'Delivered']));

  await page.locator('.card').first().click();
  await page.locator('.products').waitFor();
  expect(await texts(page, '.stay-state')).toEqual([
    ...['Delivered', 'DeliveryInProgress', 'Verified', 'Reviewing', 'ReadyForReview'],
    ...['Processing', 'ReadyForProcessing'],
  ]);
  await eventually(() => page.locator('.in-archive').count()).toBe(6);
  await eventually(() => page.locator('.ous-runs').textContent()).toContain(
    '5 products delivered',
  );

  const [weblog] = await Promise.all([
    page.context().waitForEvent('page'),
    page.getByRole('link', { name: 'Weblog' }).click(),
  ]);
  await eventually(() => weblog.title()).toMatch(/weblog/i);

  await page.keyboard.press('2');
  await eventually(() => page.locator('[data-actor="EU.torque-maui"]').textContent()).toContain(
    'idle',
  );
  await eventually(() => page.locator('.link').count()).toBeGreaterThan(5);
  await page.keyboard.press('5');
  await eventually(() => page.locator('.gantt-row').count()).toBe(OUS_COUNT);
});

it('says that the database is gone, and goes on when it is back', async () => {
  const directory = await temporaryDirectory();
  const first = await startCouchServer({ directory });
  releases.add(() => first.close());
  const server = connect(first.url);
  await initDatabases(server);
  const launch = (uid: string) => put(server, uid, '2026-07-01T10:00:00.000');
  await launch('uid://A001/X1465/X1014');
  const dashboard = await startDashboard(ports, optionsFor(first.url, { webDirectory }));
  releases.add(() => dashboard.stop());

  const page = await open(dashboard.url);
  await eventually(() => countOf(page, 'ReadyForProcessing')).toBe('1');
  await first.close();
  await eventually(() => page.locator('.alarm').textContent()).toContain('status-entities');
  expect(await countOf(page, 'ReadyForProcessing')).toBe('1');
  const second = await startCouchServer({ directory, port: Number(new URL(first.url).port) });
  releases.add(() => second.close());
  await launch('uid://A001/X1465/X1016');
  await eventually(() => countOf(page, 'ReadyForProcessing')).toBe('2');
  await eventually(() => page.locator('.alarm').count()).toBe(0);
});
