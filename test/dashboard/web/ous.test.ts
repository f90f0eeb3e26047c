// One OUS in a real browser: its history, runs, products and messages, and how it follows changes.

import type { Browser, Page } from 'playwright-core';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { OusDetail } from '../../../dashboard/protocol/json-api.ts';
import { step } from '../../../dashboard/web/fixture/fixture-play.ts';
import {
  type FixtureServer,
  serveFixture,
} from '../../../dashboard/web/fixture/fixture-server.ts';
import type { FixtureWorld } from '../../../dashboard/web/fixture/fixture-world.ts';
import { ousDetail } from '../../../dashboard/web/fixture/invented-tables.ts';
import { inventWorld } from '../../../dashboard/web/fixture/invented-world.ts';
import { staysOf } from '../../../dashboard/web/src/model/stays.ts';
import { eventually, launchBrowser, type OpenPage, openPage, texts } from './browser.ts';

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
  world = inventWorld({ ouss: 120 });
  server = await serveFixture(world);
});
afterEach(async () => {
  await page?.context().close();
  await server.close();
});

async function openOus(detail: OusDetail): Promise<void> {
  open = await openPage(browser, server.url, { hash: `#/ous/${detail.summary.id}` });
  page = open.page;
  await page.locator('.timeline').waitFor();
}

function detailOf(isWanted: (detail: OusDetail) => boolean): OusDetail {
  for (const { id } of world.values('ous')) {
    const detail = ousDetail(world, id);
    if (detail && isWanted(detail)) return detail;
  }
  throw new Error('no such OUS');
}

describe('one OUS', () => {
  it('shows every state that it was in, who brought it there and why', async () => {
    const detail = detailOf(
      ({ summary, history }) =>
        summary.state === 'Delivered' &&
        history.some(({ reason }) => reason !== 'QA2 Pass' && reason),
    );
    await openOus(detail);
    const states = detail.history
      .map(({ state }) => state)
      .filter((state, index, all) => state !== all[index - 1]);
    expect(await texts(page, '.stay-state')).toEqual(states.reverse());
    const timeline = await page.locator('.timeline').textContent();
    for (const { by, substate, reason } of detail.history) {
      expect(timeline).toContain(by);
      if (substate) expect(timeline).toContain(substate);
      if (reason) expect(timeline).toContain(reason);
    }
    expect(open.complaints).toEqual([]);
  });

  it('shows scores, sizes, checksums, and links to weblog and cache', async () => {
    const detail = detailOf(({ summary }) => summary.state === 'Delivered');
    await openOus(detail);
    const [run] = detail.runs;
    const runs = await page.locator('.ous-runs').textContent();
    expect(runs).toContain('5 products delivered');
    expect(runs).toContain('5 products and the weblog: all 6 in NGAS');
    expect(await page.locator('.products tbody tr').count()).toBe(6);
    for (const { topic, reason } of run?.topics ?? []) {
      expect(runs).toContain(topic);
      expect(runs).toContain(reason);
    }
    expect(await page.locator('.final-score .score-bar').textContent()).toContain(
      run?.finalScore?.toFixed(2),
    );
    for (const { name, checksum } of run?.products ?? []) {
      const row = page.locator('.products tr', { hasText: name });
      expect(await row.textContent()).toContain(checksum?.slice(0, 12));
      expect(await row.textContent()).toContain('stored');
      expect(await row.locator('code').getAttribute('title')).toBe(checksum);
    }
    const links = page.locator('.run-links a');
    expect(await links.first().getAttribute('href')).toBe(`.${run?.weblogLink}`);
    expect(await links.last().getAttribute('href')).toBe(`.${run?.productsLink}`);
  });

  it('counts runs that failed, and says why they did', async () => {
    const detail = detailOf(
      ({ summary, history }) =>
        summary.state === 'Delivered' &&
        history.some(({ state }) => state === 'ProcessingProblem'),
    );
    const processings = staysOf(detail.history).filter(({ state }) => state === 'Processing');
    await openOus(detail);
    const said = await page.locator('.facts').textContent();
    expect(said).toContain(`Pipeline runs${processings.length}`);
    expect(await page.locator('.run').count()).toBe(processings.length);
    const title = await page.locator('#runs-title').textContent();
    expect(title).toContain(`${processings.length}, ${processings.length - 1} failed`);
    const problem = detail.history.findLast(({ state }) => state === 'ProcessingProblem');
    expect(await page.locator('.short-run').first().textContent()).toContain(
      `failed: ${problem?.reason}`,
    );
  });

  it('shows the messages about it, also those that nobody has taken', async () => {
    const waiting = world.values('message').find(({ state }) => state === 'open');
    await openOus(detailOf(({ summary }) => summary.uid === waiting?.about));
    const row = page.locator('.messages tr', { hasText: 'pipeline.process.EU' });
    expect(await row.textContent()).toContain('waiting');
    expect(await page.locator('.messages tr').count()).toBeGreaterThan(2);
  });

  it('follows while it changes', async () => {
    const detail = detailOf(({ summary }) => summary.state === 'Reviewing');
    await openOus(detail);
    step(world, detail.summary.id);
    await eventually(() => page.locator('.ous-state').textContent()).toContain('Verified');
    await eventually(() => page.locator('.stay-state').first().textContent()).toBe('Verified');
  });

  it('says so where there is no such OUS', async () => {
    open = await openPage(browser, server.url, { hash: '#/ous/uid___A_B_C' });
    page = open.page;
    await eventually(() => page.locator('.error-note').textContent()).toContain('no such OUS');
    await page.getByRole('link', { name: 'To the board' }).click();
    await page.locator('.columns').waitFor();
  });

  it('makes no link of what is none', async () => {
    const detail = detailOf(({ summary }) => summary.state === 'Delivered');
    const bad = [
      'javascript:alert(1)',
      '//elsewhere.example/x',
      '/cache/../etc',
      '/cache/a/../../b',
    ];
    open = await openPage(browser, server.url);
    page = open.page;
    await page.locator('.columns').waitFor();
    for (const link of bad) {
      const [run] = detail.runs;
      const body = { ...detail, runs: [{ ...run, weblogLink: link, productsLink: link }] };
      await page.route(`**/api/ous/${detail.summary.id}`, (route) =>
        route.fulfill({ json: body }),
      );
      await page.goto(`${server.url}#/ous/${detail.summary.id}`);
      await page.locator('.products').waitFor();
      expect(await page.locator('.run-links a').count()).toBe(0);
      await page.goto(`${server.url}#/board`);
      await page.locator('.columns').waitFor();
      await page.unrouteAll();
    }
  });
});
