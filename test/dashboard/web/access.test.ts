// Every view in both themes without a violation that axe finds; at 200 % zoom and on a phone nothing
// is cut and no word too small.

import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, expect, it } from 'vitest';
import {
  type FixtureServer,
  serveFixture,
} from '../../../dashboard/web/fixture/fixture-server.ts';
import type { FixtureWorld } from '../../../dashboard/web/fixture/fixture-world.ts';
import { inventWorld } from '../../../dashboard/web/fixture/invented-world.ts';
import { eventually, launchBrowser, openPage } from './browser.ts';

const axe = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');
const SMALLEST_PX = 11.5;

let browser: Browser;
let world: FixtureWorld;
let server: FixtureServer;
let page: Page;

beforeAll(async () => {
  browser = await launchBrowser();
  world = inventWorld({ ouss: 60 });
  server = await serveFixture(world);
}, 150_000);
afterAll(async () => {
  await browser?.close();
  await server?.close();
});

const views = (): [hash: string, ready: string][] => [
  ['#/board', '.card'],
  ['#/board?text=nothing-like-it', '.board-empty'],
  ['#/line', '.line-picture'],
  ['#/line?actor=JAO.xtss', '.inspector'],
  ['#/line?queue=cached.JAO', '.inspector'],
  ['#/files', '.lanes'],
  ['#/tables/reports', '.data-table'],
  ['#/time', '.gantt-row'],
  ['#/time?show=grid', '.grid-row'],
  [`#/ous/${[...world.histories.keys()][7]}`, '.ous-history'],
  ['#/search?text=X1465', '.search-group'],
  ['#/nonsense', '.no-view'],
];

for (const theme of ['dark', 'light'] as const) {
  it(`has no violation in any view, ${theme}`, { timeout: 300_000 }, async () => {
    const open = await openPage(browser, server.url, { colorScheme: theme });
    page = open.page;
    // The policy of the page lets no script in from elsewhere; this one comes from the test.
    await page.evaluate(axe);
    const found: string[] = [];
    for (const [hash, ready] of views()) {
      await page.evaluate(`void (location.hash = ${JSON.stringify(hash)})`);
      await page.locator(ready).first().waitFor();
      found.push(...(await violations(`${theme} ${hash}`)));
    }
    await page.keyboard.press('?');
    await page.locator('dialog.help').waitFor();
    found.push(...(await violations(`${theme} help`)));
    await page.keyboard.press('Escape');
    await page.evaluate(`void (location.hash = '#/line')`);
    await page.getByRole('button', { name: 'Guided tour' }).click();
    await page.locator('.tour h2').waitFor();
    await page.locator('.tour .term').first().focus();
    await page.locator('.term-meaning.is-shown').waitFor();
    found.push(...(await violations(`${theme} tour`)));
    expect(found).toEqual([]);
    expect(open.complaints).toEqual([]);
    await page.context().close();
  });
}

it('can be read at 1280, at 200 % and on a phone', { timeout: 180_000 }, async () => {
  const sizes = [
    { viewport: { width: 1280, height: 720 } },
    { viewport: { width: 640, height: 360 }, deviceScaleFactor: 2 },
    { viewport: { width: 390, height: 844 }, isMobile: true },
  ];
  for (const size of sizes) {
    ({ page } = await openPage(browser, server.url, { ...size, hash: '#/board' }));
    await page.locator('.card').first().waitFor();
    if (size.isMobile) await eventually(firstColumnInSight).not.toBe('');
    for (const [hash, ready] of [
      ['#/board', '.card'],
      ['#/line', '.line-picture'],
    ]) {
      await page.evaluate(`void (location.hash = '${hash}')`);
      await page
        .locator(ready ?? '')
        .first()
        .waitFor();
      const where = `${JSON.stringify(size)} ${hash}`;
      expect(await smallWords(), where).toEqual([]);
      const wide = await page.evaluate('document.documentElement.scrollWidth - innerWidth');
      expect(wide, where).toBeLessThanOrEqual(0);
    }
    await page.context().close();
  }
});

it('walks from the first Tab to the cards, and explains its keys', async () => {
  ({ page } = await openPage(browser, server.url, { hash: '#/board' }));
  await page.locator('.card').first().waitFor();
  await page.keyboard.press('Tab');
  await page.keyboard.press('Enter');
  expect(await page.evaluate('document.activeElement.className')).toContain('card');
  await page.keyboard.press('s');
  await page.locator('.search-view').waitFor();
  await page.goto(`${server.url}#/ous/uid://A001/X1465/X1014`);
  await page.locator('.ous-head').waitFor();
  await page.evaluate('document.activeElement.blur()');
  await page.keyboard.press('b');
  await eventually(() => page.evaluate('document.documentElement.dataset.presenting')).toBe('');
  await page.context().close();
});

async function violations(where: string): Promise<string[]> {
  const { violations: found } = (await page.evaluate(
    `axe.run(document, { resultTypes: ['violations'] })`,
  )) as { violations: { id: string; nodes: { target: string[] }[] }[] };
  return found.map(({ id, nodes }) => `${where}: ${id} ${nodes[0]?.target.join(' ')}`);
}

function firstColumnInSight(): Promise<string> {
  return page.evaluate(`[...document.querySelectorAll('.column:not(.is-empty)')]
    .filter((one) => Math.abs(one.getBoundingClientRect().left) < 60)
    .map((one) => one.dataset.stateColumn).join()`) as Promise<string>;
}

/** As they are on the screen: in the picture of the line letters are scaled. */
function smallWords(): Promise<string[]> {
  return page.evaluate(`[...document.querySelectorAll('.card *, .line-picture *')]
    .filter((one) => [...one.childNodes].some((node) => node.nodeType === 3 && node.data.trim()))
    .filter((one) => !one.closest('.visually-hidden') && one.getClientRects().length > 0)
    .map((one) => {
      const picture = one.closest('svg.line-picture');
      const scale = picture ? picture.getScreenCTM().a : 1;
      return [parseFloat(getComputedStyle(one).fontSize) * scale, one.textContent];
    })
    .filter(([size]) => size < ${SMALLEST_PX})
    .map(([size, text]) => size.toFixed(1) + ' ' + text)`) as Promise<string[]>;
}
