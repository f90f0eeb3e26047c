// The visits in a real browser: the focal plane as it happens, one detector, keys, what was refused.

import { createRequire } from 'node:module';
import type { Browser, Page } from 'playwright-core';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { createChance } from '../../../dashboard/web/fixture/chance.ts';
import {
  type FixtureServer,
  serveFixture,
} from '../../../dashboard/web/fixture/fixture-server.ts';
import type { FixtureWorld } from '../../../dashboard/web/fixture/fixture-world.ts';
import { inventVisits } from '../../../dashboard/web/fixture/invented-visits.ts';
import { inventWorld } from '../../../dashboard/web/fixture/invented-world.ts';
import { eventually, launchBrowser, type OpenPage, openPage } from './browser.ts';

const axePath = createRequire(import.meta.url).resolve('axe-core/axe.min.js');

let browser: Browser;
let world: FixtureWorld;
let server: FixtureServer;
let open: OpenPage;
let page: Page;

beforeAll(async () => {
  browser = await launchBrowser();
}, 150_000);
afterAll(() => browser?.close());

beforeEach(async () => {
  world = inventWorld({ ouss: 20 });
  server = await serveFixture(world);
});
afterEach(async () => {
  await page?.context().close();
  await server.close();
});

async function openVisits(hash = '#/visits', options = {}): Promise<void> {
  inventVisits(world, Date.now(), createChance(3));
  open = await openPage(browser, server.url, { hash, ...options });
  page = open.page;
  await page.locator('.focal-plane').waitFor();
}

const newest = () =>
  world
    .values('visit')
    .filter(({ instrument }) => instrument === 'LSSTCam')
    .toSorted((one, other) => (other.announced_ms ?? 0) - (one.announced_ms ?? 0))[0];
const tile = (detector: number) => page.locator(`[data-detector="${detector}"]`);

describe('visits', () => {
  it('have no view where there is no database of them, and one when it appears', async () => {
    open = await openPage(browser, server.url, { hash: '#/board' });
    page = open.page;
    await page.locator('.card').first().waitFor();
    const link = page.getByRole('link', { name: 'Visits' });
    expect(await link.count()).toBe(0);
    inventVisits(world, Date.now(), createChance(3));
    await link.click();
    await eventually(() => page.locator('.tile').count()).toBe(205);
    await page.keyboard.press('1');
    await page.locator('.columns').waitFor();
    await page.keyboard.press('6');
    await page.locator('.focal-plane').waitFor();
    expect(open.complaints).toEqual([]);
  });

  it('colour each detector as it happens', async () => {
    await openVisits('#/visits?instrument=LSSTCam');
    const visit = newest();
    if (!visit) throw new Error('no visit');
    for (const state of ['waiting', 'processing', 'failed', 'dancing']) {
      world.put('visit', { ...visit, state });
      await eventually(() => tile(visit.detector).getAttribute('data-state')).toBe(state);
    }
    expect(await tile(visit.detector).getAttribute('class')).toContain('visit-other');
    const count = page.locator('[data-visit-state="dancing"] strong');
    expect(await count.textContent()).toBe('1');
  });

  it('say how late alerts were against the promise', async () => {
    await openVisits('#/visits?instrument=LATISS');
    const figures = page.locator('.latency-figures');
    expect(await figures.textContent()).toContain('100 %');
    const [one] = world.values('visit').filter(({ instrument }) => instrument === 'LATISS');
    if (one) world.put('visit', { ...one, state: 'processed', latency_s: 75 });
    await eventually(() => figures.locator('.is-broken').count()).toBe(1);
    expect(await figures.textContent()).not.toContain('100 %');
  });

  it('show what became of a detector by one click, and follow it', async () => {
    await openVisits('#/visits?instrument=LSSTCam');
    const visit = newest();
    if (!visit) throw new Error('no visit');
    world.put('visit', { ...visit, state: 'waiting' });
    await eventually(() => tile(visit.detector).getAttribute('data-state')).toBe('waiting');
    await tile(visit.detector).click();
    const panel = page.locator('.detector-panel');
    await eventually(() => panel.locator('.visit-steps li').count()).toBe(3);
    world.put('visit', { ...visit, state: 'processed', snaps: 2, latency_s: 31.5 });
    await eventually(() => panel.locator('.visit-steps li').count()).toBe(5);
    expect(await panel.textContent()).toContain('31.5 s');
    await eventually(() => panel.textContent()).toContain('41 alerts');
    expect(await panel.locator('.visit-snap').count()).toBe(2);
    expect(page.url()).toContain(`detector=${visit.detector}`);
  });

  it('lead to a worker by one click, and from it to each of its visits', async () => {
    await openVisits('#/visits?instrument=LSSTCam&detector=94');
    await page.locator('.group').nth(1).click();
    const panel = page.locator('.detector-panel');
    const worker = panel.locator('.visit-link');
    const name = await worker.textContent();
    await worker.click();
    const its = page.locator('.worker-panel');
    expect(await its.locator('h2').textContent()).toBe(name);
    const first = its.locator('.worker-visits .visit-link').first();
    const detector = /detector (\d+)/.exec((await first.textContent()) ?? '')?.[1];
    await first.click();
    await eventually(() => panel.locator('h2').textContent()).toContain(`detector ${detector}`);
    await its.getByRole('button', { name: 'Close the worker' }).click();
    await eventually(() => page.locator('.worker-panel').count()).toBe(0);
  });

  it('say how many workers work, wait and are cold, unless who said it died', async () => {
    await openVisits('#/visits?instrument=LSSTCam');
    const figures = page.locator('.worker-figures');
    expect(await figures.locator('dd').allTextContents()).toEqual(['5 of 8', '2', '1', '12']);
    const [workers] = world.values('workers');
    if (!workers) throw new Error('no workers');
    world.put('workers', { ...workers, busy: 6, idle: 0 });
    await eventually(() => figures.locator('dd').first().textContent()).toBe('6 of 8');
    world.put('workers', { ...workers, time_ms: Date.now() - 120_000 });
    await eventually(() => figures.locator('dd').first().textContent()).toBe('– of –');
  });

  it('are reached by keys', async () => {
    await openVisits('#/visits?instrument=LSSTCam');
    await tile(94).focus();
    const focused = () => page.evaluate('document.activeElement.dataset.detector');
    await page.keyboard.press('ArrowRight');
    const right = await focused();
    expect(right).not.toBe('94');
    await page.keyboard.press('ArrowLeft');
    await eventually(focused).toBe('94');
    await page.keyboard.press('ArrowUp');
    await page.keyboard.press('Enter');
    await eventually(() => page.locator('.detector-panel h2').textContent()).toContain('R22_S21');
    await page.keyboard.press('Escape');
    await eventually(() => page.locator('.detector-panel').count()).toBe(0);
  });

  it('let an earlier visit be chosen, which stays', async () => {
    await openVisits('#/visits?instrument=LSSTCam');
    const third = page.locator('.group').nth(2);
    const name = await third.getAttribute('data-group');
    await third.click();
    await eventually(() => page.locator('.state-counts h2').textContent()).toContain(name);
    const at = { group: 'later', announced_ms: Date.now() + 5000 };
    const visit = newest();
    if (visit) world.put('visit', { ...visit, ...at, id: 'later' });
    await eventually(() => page.locator('.group').first().textContent()).toContain('later');
    expect(await page.locator('.state-counts h2').textContent()).toContain(name);
    await page.getByRole('button', { name: 'Newest' }).click();
    await eventually(() => page.locator('.state-counts h2').textContent()).toContain('later');
  });

  it('list what was refused as text', async () => {
    const refusal = { id: 'r', time_ms: 5, reason: 'not valid', shown: '<img src=x>' };
    world.put('refusal', refusal);
    await openVisits();
    await eventually(() => page.locator('.refusals').textContent()).toContain('<img src=x>');
    expect(await page.locator('.refusals img').count()).toBe(0);
  });

  it.each([
    ['dark', 1280, 720],
    ['light', 1280, 720],
    ['dark', 640, 360],
    ['light', 390, 844],
  ] as const)('can be used by everybody: %s, %i wide', async (colorScheme, width, height) => {
    await openVisits('#/visits?instrument=LSSTCam&detector=90&worker=prompt-3', {
      ...{ colorScheme, viewport: { width, height }, bypassCSP: true },
    });
    await page.locator('.visit-steps').waitFor();
    await page.addScriptTag({ path: axePath });
    const violations = await page.evaluate(
      `axe.run().then(({ violations }) => violations.map(({ id, nodes }) =>
        id + ' ' + nodes.map(({ html }) => html.slice(0, 160)).slice(0, 3).join(' | ')))`,
    );
    expect(violations).toEqual([]);
    const overflow = 'document.documentElement.scrollWidth - innerWidth';
    expect(await page.evaluate(overflow)).toBeLessThanOrEqual(0);
  });
});
