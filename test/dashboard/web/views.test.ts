// Line, files, tables and time in a real browser.

import type { Browser, Page } from 'playwright-core';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { send } from '../../../dashboard/web/fixture/fixture-play.ts';
import {
  type FixtureServer,
  serveFixture,
} from '../../../dashboard/web/fixture/fixture-server.ts';
import type { FixtureWorld } from '../../../dashboard/web/fixture/fixture-world.ts';
import { HANDOFF } from '../../../dashboard/web/fixture/invented-files.ts';
import { setActor } from '../../../dashboard/web/fixture/invented-line.ts';
import { inventWorld } from '../../../dashboard/web/fixture/invented-world.ts';
import {
  eventually,
  launchBrowser,
  type OpenPage,
  openPage,
  type PageOptions,
  texts,
} from './browser.ts';

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

async function openView(hash: string, ready: string, options: PageOptions = {}): Promise<void> {
  open = await openPage(browser, server.url, { hash, ...options });
  page = open.page;
  await page.locator(ready).first().waitFor();
}

const actor = (id: string) => page.locator(`[data-actor="${id}"]`);

describe('line', () => {
  it('shows which actors are alive, busy and down, and what they work on', async () => {
    await openView('#/line', '.line-picture');
    expect(await actor('JAO.xtss').textContent()).toContain('idle');
    expect(await actor('JAO.product-ingestor').textContent()).toContain('X1465/X1014');
    setActor(world, 'JAO.xtss', { state: 'down', heartbeat_ms: Date.now() - 120_000 });
    await eventually(() => actor('JAO.xtss').textContent()).toContain('silent for 2 min');
    expect(await actor('JAO.xtss').locator('.sign-cross').count()).toBe(1);
    setActor(world, 'EU.torque-maui', { state: 'idle', workingOn: [] });
    await eventually(() => actor('EU.pipeline-driver').textContent()).toContain('on demand');
    expect(open.complaints).toEqual([]);
    expect(open.foreign).toEqual([]);
  });

  it('shows what waits at a selector, and what is dead', async () => {
    await openView('#/line', '.line-picture');
    const queue = (id: string) => page.locator(`[data-queue="${id}"]`).textContent();
    expect(await queue('pipeline.process.EU')).toContain('3 waiting');
    expect(await queue('cached.JAO')).toContain('1 dead');
    const before = world.get('queue', 'ingest.JAO');
    if (before) world.put('queue', { ...before, open: 7, oldest_ms: Date.now() - 60_000 });
    await eventually(() => queue('ingest.JAO')).toContain('7 waiting 1 min');
  });

  it('shows how far replications are behind', async () => {
    await openView('#/line', '.line-picture');
    const link = (id: string) => page.locator(`[data-replication="${id}"]`);
    expect(await link('draws-ngas-from-JAO-to-EU').textContent()).toContain('14 behind');
    expect(await link('draws-msgq-from-EU-to-JAO').textContent()).toContain('in step');
    const [one] = world.values('replication');
    if (one) world.put('replication', { ...one, state: 'crashing', error: 'connection refused' });
    await eventually(() => link(one?.id ?? '').textContent()).toContain('crashing');
  });

  it('lets a message fly when it is sent', async () => {
    await openView('#/line', '.line-picture', { reducedMotion: 'no-preference' });
    await page.evaluate(`void (window.flown = new Promise((resolve) => {
      new MutationObserver(([{ addedNodes }]) => resolve(addedNodes[0]?.getAttribute('class')))
        .observe(document.querySelector('.flying'), { childList: true });
    }))`);
    const way = ['ingest.JAO', 'aqua-qa2@JAO', 'product-ingestor@JAO'] as const;
    send(world, way, 'products', 'uid://A001/X1465/X1014');
    expect(await page.evaluate('flown')).toBe('flying-message message');
    await eventually(() => page.locator('.flying-message').count()).toBe(0);
  });

  it('makes room for all ARCs', async () => {
    for (const site of ['EA', 'NA']) {
      for (const one of world.values('actor').filter((each) => each.site === 'EU')) {
        world.put('actor', { ...one, id: one.id.replace('EU', site), site });
      }
    }
    await openView('#/line', '.line-picture');
    for (const site of ['EA', 'EU', 'NA']) {
      expect(await actor(`${site}.torque-maui`).textContent()).toContain('torque-maui');
    }
  });

  it('cuts no name, with all ARCs and their replications', async () => {
    for (const site of ['EA', 'NA']) {
      for (const one of world.values('actor').filter((each) => each.site === 'EU')) {
        world.put('actor', { ...one, id: one.id.replace('EU', site), site });
      }
      for (const one of world
        .values('replication')
        .filter((each) => each.id.endsWith('EU') || each.id.endsWith('EU-to-JAO'))) {
        const [from, to] = [one.from, one.to].map((end) => (end === 'EU' ? site : end));
        world.put('replication', { ...one, id: `${one.id} ${site}`, from, to } as typeof one);
      }
    }
    await openView('#/line', '.link');
    expect(await page.locator('.link').count()).toBe(27);
    const cut = await page.evaluate(`[...document.querySelectorAll(
      '.link-name, .link-lag, .actor-name, .queue-name')]
      .filter((one) => one.scrollWidth > one.clientWidth ||
        one.scrollWidth > one.closest('foreignObject').width.baseVal.value)
      .map((one) => one.textContent)`);
    expect(cut).toEqual([]);
    const words = await page.locator('.replications').textContent();
    for (const name of ['products-metadata', 'pipeline-reports', 'status-entities']) {
      expect(words).toContain(name);
    }
  });
});

describe('files', () => {
  it('shows lanes with counts, sizes and errors, and follows', async () => {
    await openView('#/files', '.lanes');
    const lane = (state: string) => page.locator('.lane', { hasText: state }).first();
    expect(await lane('held').textContent()).toContain('2,871');
    expect(await lane('failed').textContent()).toContain('Connection timed out');
    expect(await page.locator('.batches tbody tr').count()).toBeGreaterThan(10);
    const flow = world.get('flow', HANDOFF);
    if (!flow) throw new Error('no flow');
    const counts = { ...flow.counts, held: { files: 2900, bytes: 1 } };
    world.put('flow', { ...flow, counts });
    await eventually(() => lane('held').textContent()).toContain('2,900');
    const listed = await lane('held').locator('.file-line').count();
    expect(await lane('held').textContent()).toContain(
      `and ${(2900 - listed).toLocaleString('en-US')} more`,
    );
    expect(open.complaints).toEqual([]);
  });

  it('says what is missing where there are no files', async () => {
    for (const { id } of world.values('flow')) world.remove('flow', id);
    for (const { id } of world.values('batch')) world.remove('batch', id);
    await openView('#/files', '.empty-note');
    expect(await page.locator('.empty-note').textContent()).toContain('No file records');
  });
});

describe('tables', () => {
  it('searches, sorts and pages, all of it in the address', async () => {
    await openView('#/tables/ngas', '.data-table');
    const rows = () => page.locator('.data-table tbody tr').count();
    expect(await rows()).toBe(100);
    await page.getByRole('button', { name: 'Next page' }).click();
    await eventually(() => page.locator('.pager').textContent()).toContain('101–');
    await page.getByRole('searchbox').fill('product-0-A001-X1465');
    await eventually(rows).toBeLessThan(50);
    expect(await page.locator('.data-table tbody').textContent()).not.toContain('product-1-');
    await page.getByRole('button', { name: 'Size' }).click();
    await eventually(() => page.locator('th[aria-sort="descending"]').textContent()).toBe('Size');
    await page.getByRole('button', { name: 'Size' }).click();
    await eventually(() => page.locator('th[aria-sort="ascending"]').count()).toBe(1);
    expect(page.url()).toContain('search=product-0-A001-X1465&sort=size&order=asc');
  });

  it('has every table, with links into OUSs and weblogs', async () => {
    await openView('#/tables/reports', '.data-table');
    expect(await page.locator('.cell-uid a').first().getAttribute('href')).toContain(
      '#/ous/uid___',
    );
    expect(await page.locator('.cell-link a').first().getAttribute('href')).toMatch(
      /^\.\/cache\//,
    );
    for (const title of ['Deliveries', 'Unread', 'Dead', 'NGAS', 'Products']) {
      await page.getByRole('link', { name: title }).click();
      await eventually(() => page.locator('.table-tabs [aria-current]').textContent()).toContain(
        title,
      );
      await eventually(() => page.locator('.data-table tbody tr').count()).toBeGreaterThan(0);
    }
    expect(open.complaints).toEqual([]);
    expect(open.foreign).toEqual([]);
  });

  it('reads a table again when its revision grows', async () => {
    await openView('#/tables/dead', '.data-table');
    const [dead] = world.values('message').filter(({ state }) => state === 'dead');
    if (!dead) throw new Error('nothing is dead');
    world.put('message', { ...dead, id: 'another', what: 'another dead one' });
    world.put('table', { id: 'dead', rows: 2, revision: 2 });
    await eventually(() => page.locator('.data-table').textContent()).toContain(
      'another dead one',
    );
  });
});

describe('time', () => {
  it('shows a line per OUS, and the past where the slider says', async () => {
    await openView('#/time', '.gantt-row');
    const counts = async () => (await texts(page, '.replay-state > strong')).map(Number);
    await eventually(async () => (await counts()).reduce((sum, count) => sum + count)).toBe(120);
    const delivered = world.config.states.indexOf('Delivered');
    const now = (await counts())[delivered] ?? 0;
    expect(now).toBe(world.values('ous').filter(({ state }) => state === 'Delivered').length);
    await page.locator('.replay-slider').fill('400');
    await eventually(async () => (await counts())[delivered]).toBeLessThan(now);
    expect(await page.locator('.playhead').count()).toBe(1);
    await page.getByRole('button', { name: 'Now' }).click();
    await eventually(async () => (await counts())[delivered]).toBe(now);
    expect(open.complaints).toEqual([]);
  });

  it('says so where less than the chosen time is there, and cuts no label', async () => {
    for (const { id } of world.values('ous').slice(1)) {
      world.remove('ous', id);
      world.histories.delete(id);
    }
    const [ous] = world.values('ous');
    if (!ous) throw new Error('no OUS');
    // On the minute, so that a label stands at the very beginning.
    const time_ms = Math.floor(Date.now() / 60_000 - 1) * 60_000;
    const begun = { time_ms, state: 'FullyObserved', substate: null };
    world.putOus(ous, [{ ...begun, executive: null, by: 'launcher@JAO', reason: null }]);
    await openView('#/time', '.gantt-row');
    const note = page.locator('.replay-history');
    await eventually(() => note.textContent()).toMatch(/^\d min \d\d s so far$/);
    await page.getByRole('button', { name: '15 min' }).click();
    expect(await note.count()).toBe(1);
    const cut = await page.evaluate(`[...document.querySelectorAll('.tick')].filter((tick) => {
      const [label, axis] = [tick, tick.parentElement].map((one) => one.getBoundingClientRect());
      return label.left < axis.left || label.right > axis.right;
    }).length`);
    expect(await page.locator('.tick').count()).toBeGreaterThan(6);
    expect(cut).toBe(0);
  });

  it('replays', async () => {
    await openView('#/time', '.gantt-row');
    await page.getByRole('button', { name: 'Replay' }).click();
    const position = async () => Number(await page.locator('.replay-slider').inputValue());
    await eventually(position).toBeGreaterThan(20);
    await page.getByRole('button', { name: 'Pause' }).click();
    const stopped = await position();
    expect(stopped).toBeLessThan(1000);
    expect(await page.locator('.replay-moment').getAttribute('class')).toContain('is-past');
  });
});
