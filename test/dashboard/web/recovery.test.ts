// What the page does when its server or a database goes away and comes back; light and dark; a
// phone; all views without a complaint of the browser.

import type { Browser, Page } from 'playwright-core';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { securityHeaders } from '../../../dashboard/server/http/headers.ts';
import { step } from '../../../dashboard/web/fixture/fixture-play.ts';
import {
  type FixtureServer,
  serveFixture,
} from '../../../dashboard/web/fixture/fixture-server.ts';
import type { FixtureWorld } from '../../../dashboard/web/fixture/fixture-world.ts';
import { inventWorld } from '../../../dashboard/web/fixture/invented-world.ts';
import { eventually, launchBrowser, openPage, type PageOptions } from './browser.ts';

let browser: Browser;
let world: FixtureWorld;
let server: FixtureServer;
let page: Page;

beforeAll(async () => {
  browser = await launchBrowser();
}, 150_000);
afterAll(() => browser?.close());

beforeEach(async () => {
  world = inventWorld({ ouss: 120 });
  server = await serveFixture(world);
});
afterEach(async () => {
  await page?.context().close();
  await server.close();
});

async function open(options: PageOptions = {}) {
  const opened = await openPage(browser, server.url, { hash: '#/board', ...options });
  page = opened.page;
  await page.locator('.card').first().waitFor();
  return opened;
}

const countOf = (state: string) =>
  page.locator(`[data-state-column="${state}"] .column-count`).textContent();
const inState = (state: string) => world.values('ous').filter((ous) => ous.state === state);
const alarms = () => page.locator('.alarm').count();

describe('recovery', () => {
  it('says since when the server is gone, and goes on where it was when it is back', async () => {
    await open();
    await server.close();
    await eventually(() => page.locator('.alarm').textContent()).toMatch(
      /since \d\d:\d\d:\d\d UTC/,
    );
    expect(await page.locator('.live-state').textContent()).toBe('disconnected');
    const [ous] = inState('Reviewing');
    step(world, ous?.id ?? '');
    server = await serveFixture(world, server.port);
    await eventually(alarms).toBe(0);
    await eventually(() => countOf('Verified')).toBe(String(inState('Verified').length));
    expect(await page.locator('.live-state').textContent()).toBe('live');
  });

  it('takes a new snapshot of a server that was started anew', async () => {
    await open();
    await server.close();
    world = inventWorld({ ouss: 60, seed: 3 });
    world.epoch = 'second';
    server = await serveFixture(world, server.port);
    await eventually(() => page.locator('.figure strong').first().textContent()).toBe('60');
    await eventually(() => countOf('Delivered')).toBe(String(inState('Delivered').length));
  });

  it('says which database is lost, since when and why', async () => {
    await open();
    const feed = world.get('feed', 'msgq');
    if (!feed) throw new Error('no feed');
    const since_ms = Date.UTC(2026, 4, 4, 12, 34, 56);
    world.put('feed', { ...feed, state: 'lost', since_ms, error: 'connection refused' });
    await eventually(() => page.locator('.alarm').textContent()).toContain('since 12:34:56 UTC');
    const text = await page.locator('.alarm').textContent();
    expect(text).toContain('msgq');
    expect(text).toContain('connection refused');
    world.put('feed', { ...feed, state: 'live' });
    await eventually(alarms).toBe(0);
  });

  it('says which database was deleted, and which never was', async () => {
    await open();
    const feed = world.get('feed', 'status-entities');
    if (!feed) throw new Error('no feed');
    world.put('feed', { ...feed, state: 'gone', error: 'Database does not exist.' });
    await eventually(() => page.locator('.alarm').textContent()).toMatch(
      /Deleted at JAO since .*status-entities.*Database does not exist\./,
    );
    expect(await page.locator('.live-state').textContent()).toBe('database lost');
    expect(await page.locator('.card').count()).toBeGreaterThan(0);
    world.put('feed', { ...feed, state: 'absent' });
    await eventually(alarms).toBe(0);
    expect(await page.locator('.absent-note').textContent()).toContain('status-entities');
    expect(await page.locator('.live-state').textContent()).toBe('live');
  });

  it('asks again for what it could not read, until it is there', async () => {
    await open();
    let failures = 0;
    await page.route('**/api/ous/**', (route) => {
      failures += 1;
      return route.fulfill({ status: 503, json: { error: { code: 'x', message: 'no answer' } } });
    });
    const [ous] = inState('Delivered');
    await page.goto(`${server.url}#/ous/${ous?.id}`);
    await eventually(() => page.locator('.error-note').count()).toBe(2);
    expect(await page.locator('.error-note').first().textContent()).toContain('no answer');
    expect(failures).toBeGreaterThan(0);
    await page.unrouteAll();
    await page.locator('.timeline').waitFor();
    await eventually(() => page.locator('.error-note').count()).toBe(0);
  });
});

describe('look', () => {
  it('is dark or light as the system says, then as the person says, also later', async () => {
    await open({ colorScheme: 'light' });
    const theme = () => page.evaluate('document.documentElement.dataset.theme');
    const ground = () => page.evaluate('getComputedStyle(document.body).backgroundColor');
    expect(await theme()).toBe('light');
    const light = await ground();
    await page.getByRole('button', { name: 'Switch to dark colours' }).click();
    expect(await theme()).toBe('dark');
    expect(await ground()).not.toBe(light);
    await page.reload();
    await page.locator('.card').first().waitFor();
    expect(await theme()).toBe('dark');
  });

  it('fits a phone: one column at a time, nothing sticks out', async () => {
    await open({ viewport: { width: 390, height: 844 }, hasTouch: true, isMobile: true });
    const width = 'document.documentElement.scrollWidth';
    expect(await page.evaluate(width)).toBe(390);
    await page.locator('.state-jump', { hasText: String(inState('Delivered').length) }).click();
    await eventually(() =>
      page.evaluate(
        `Math.round(document.querySelector('[data-state-column="Delivered"]')
          .getBoundingClientRect().left)`,
      ),
    ).toBeLessThan(60);
  });

  it('is served under the policy of the dashboard itself', async () => {
    await open();
    const { headers } = await fetch(server.url);
    for (const [name, value] of Object.entries(securityHeaders)) {
      expect([name, headers.get(name)]).toEqual([name, value]);
    }
  });

  it('has no view of which the browser complains, and asks nobody else for anything', async () => {
    const { complaints, foreign } = await open();
    const [ous] = inState('Delivered');
    const views = ['line', 'files', 'tables/reports', 'time', `ous/${ous?.id}`, 'board'];
    const landmarks = [
      '.line-picture',
      '.lanes',
      '.data-table',
      '.gantt-row',
      '.products',
      '.card',
    ];
    for (const [index, view] of views.entries()) {
      await page.goto(`${server.url}#/${view}`);
      await page
        .locator(landmarks[index] ?? '')
        .first()
        .waitFor();
      expect(await page.locator('h1').count()).toBe(1);
    }
    expect(complaints).toEqual([]);
    expect(foreign).toEqual([]);
  });

  it('goes to the views by keys', async () => {
    await open();
    await page.keyboard.press('2');
    await page.locator('.line-picture').waitFor();
    await page.keyboard.press('5');
    await page.locator('.gantt').waitFor();
    await page.keyboard.press('1');
    await page.locator('.columns').waitFor();
  });
});
