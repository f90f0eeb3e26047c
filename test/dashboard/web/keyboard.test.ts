// Where the focus is for whoever uses keys alone or hears the page.

import type { Browser, Page } from 'playwright-core';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { step } from '../../../dashboard/web/fixture/fixture-play.ts';
import {
  type FixtureServer,
  serveFixture,
} from '../../../dashboard/web/fixture/fixture-server.ts';
import type { FixtureWorld } from '../../../dashboard/web/fixture/fixture-world.ts';
import { inventWorld } from '../../../dashboard/web/fixture/invented-world.ts';
import { eventually, launchBrowser, openPage } from './browser.ts';

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

async function open(hash: string, ready: string): Promise<void> {
  ({ page } = await openPage(browser, server.url, { hash }));
  await page.locator(ready).first().waitFor();
}

const focusedId = () => page.evaluate('document.activeElement.id');
const focusedOus = () => page.evaluate('document.activeElement.dataset.ous ?? ""');
const inState = (state: string) => world.values('ous').filter((ous) => ous.state === state);

describe('keys', () => {
  it('skip the bar at the top without leaving the view', async () => {
    await open('#/tables/reports?search=x', '.data-table');
    await page.keyboard.press('Tab');
    expect(await page.evaluate('document.activeElement.className')).toBe('skip-link');
    await page.keyboard.press('Enter');
    await eventually(focusedId).toBe('view');
    expect(page.url()).toContain('#/tables/reports?search=x');
    expect(await page.locator('.data-table').count()).toBe(1);
  });

  it('go on in an OUS where its card has led', async () => {
    await open('#/board', '.card');
    await page.locator('.card').first().focus();
    await page.keyboard.press('Enter');
    await page.locator('.timeline').waitFor();
    await eventually(focusedId).toBe('view');
  });

  it('lead from an OUS to the board, also where somebody was sent to the OUS', async () => {
    const [ous] = inState('Delivered');
    await open(`#/ous/${ous?.id}`, '.timeline');
    await page.keyboard.press('Escape');
    await page.locator('.columns').waitFor();
    expect(page.url()).toContain('#/board');
  });
});

describe('the focus', () => {
  it('goes with a card to its next column', async () => {
    await open('#/board', '.card');
    const [ous] = inState('Reviewing');
    const id = ous?.id ?? '';
    await page.locator(`[data-ous="${id}"]`).focus();
    step(world, id);
    const card = page.locator(`[data-state-column="Verified"] [data-ous="${id}"]`);
    await eventually(() => card.count()).toBe(1);
    await eventually(focusedOus).toBe(id);
  });

  it('stays in the column where a card goes out of sight', async () => {
    await open('#/board', '.card');
    const card = page.locator('[data-state-column="Delivered"] .card').first();
    const id = (await card.getAttribute('data-ous')) ?? '';
    await card.focus();
    world.remove('ous', id);
    await eventually(() => page.locator(`[data-ous="${id}"]`).count()).toBe(0);
    await eventually(() => page.evaluate('document.activeElement.dataset.column ?? ""')).toBe(
      'Delivered',
    );
  });
});
