// The board in a real browser: columns, cards, filters, keys, and ids that try to be markup.

import type { Browser, Page } from 'playwright-core';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { step } from '../../../dashboard/web/fixture/fixture-play.ts';
import {
  type FixtureServer,
  serveFixture,
} from '../../../dashboard/web/fixture/fixture-server.ts';
import type { FixtureWorld } from '../../../dashboard/web/fixture/fixture-world.ts';
import { inventWorld } from '../../../dashboard/web/fixture/invented-world.ts';
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

async function openBoard(hash = '#/board'): Promise<void> {
  open = await openPage(browser, server.url, { hash });
  page = open.page;
  await page.locator('.column').first().waitFor();
}

function column(state: string) {
  return page.locator(`[data-state-column="${state}"]`);
}

function card(id: string) {
  return page.locator(`[data-ous="${id}"]`);
}

const countOf = (state: string) => column(state).locator('.column-count').textContent();
const inState = (state: string) => world.values('ous').filter((ous) => ous.state === state);

describe('board', () => {
  it('shows every state with its OUSs, and says which are stuck', async () => {
    await openBoard();
    for (const state of world.config.states) {
      const there = inState(state).length;
      if (state === 'QA3InProgress' && there === 0) continue;
      expect(await countOf(state)).toBe(String(there));
    }
    const [ous] = inState('Reviewing');
    const text = await card(ous?.id ?? '').textContent();
    expect(text).toContain(ous?.uid.split('/').slice(-2).join('/'));
    expect(text).toContain(ous?.progId);
    expect(text).toContain(ous?.executive);
    const stuck = inState('Processing').filter(
      ({ since_ms }) => Date.now() - (since_ms ?? 0) > 2 * 3600_000,
    );
    expect(stuck.length).toBeGreaterThan(0);
    expect(await column('Processing').locator('.badge').textContent()).toContain(
      `${stuck.length} stuck`,
    );
    expect(await column('Processing').locator('.card').first().textContent()).toContain(
      'stuck for',
    );
    expect(open.complaints).toEqual([]);
    expect(open.foreign).toEqual([]);
  });

  it('moves a card when its OUS changes, and counts again', async () => {
    await openBoard();
    const [ous] = inState('Reviewing');
    const before = inState('Verified').length;
    step(world, ous?.id ?? '');
    await eventually(() => countOf('Verified')).toBe(String(before + 1));
    await eventually(() => column('Verified').locator(`[data-ous="${ous?.id}"]`).count()).toBe(1);
    expect(await column('Reviewing').locator(`[data-ous="${ous?.id}"]`).count()).toBe(0);
  });

  it('makes a column for QA3InProgress, and for an unknown state, while one is in it', async () => {
    const [ous] = inState('Delivered');
    if (!ous) throw new Error('nothing is delivered');
    for (const other of inState('QA3InProgress'))
      world.put('ous', { ...other, state: 'Delivered' });
    await openBoard();
    expect(await column('QA3InProgress').count()).toBe(0);
    world.put('ous', { ...ous, state: 'Mislaid' });
    await eventually(() => column('Mislaid').count()).toBe(1);
    world.put('ous', { ...ous, state: 'QA3InProgress' });
    await eventually(() => column('QA3InProgress').count()).toBe(1);
    world.put('ous', ous);
    await eventually(() => column('QA3InProgress').count()).toBe(0);
    expect(await column('Mislaid').count()).toBe(0);
  });

  it('filters by text, executive, project and recipe, and keeps the filter in the address', async () => {
    await openBoard();
    const shown = async () => {
      const counts = await texts(page, '.column-count');
      return counts.reduce((sum, count) => sum + Number(count), 0);
    };
    await page.keyboard.press('/');
    await page.keyboard.type('x1465/x10 2019.1.01326');
    const found = world
      .values('ous')
      .filter(({ uid, progId }) => uid.includes('X1465/X10') && progId.includes('2019.1.01326'));
    expect(found.length).toBeGreaterThan(5);
    await eventually(shown).toBe(found.length);
    await page.getByRole('button', { name: 'EU', exact: true }).click();
    await eventually(shown).toBe(found.filter(({ executive }) => executive === 'EU').length);
    const address = page.url();
    await page.getByRole('button', { name: 'Clear' }).click();
    await eventually(shown).toBe(world.values('ous').length);
    await page.getByLabel('Project').selectOption('2019.1.01324.T');
    await page.getByLabel('Recipe').selectOption('PipelineImaging');
    await eventually(shown).toBe(
      world
        .values('ous')
        .filter(
          ({ progId, recipe }) => progId === '2019.1.01324.T' && recipe === 'PipelineImaging',
        ).length,
    );
    await page.goto(address);
    await eventually(shown).toBe(found.filter(({ executive }) => executive === 'EU').length);
  });

  it('shows only what is stuck when asked for that', async () => {
    await openBoard();
    await page.getByRole('button', { name: 'Only stuck' }).click();
    await eventually(() => page.locator('.card').count()).toBe(
      await page.locator('.card.is-stuck').count(),
    );
    expect(await page.locator('.card.is-stuck').count()).toBeGreaterThan(0);
  });

  it('is walked through by arrow keys, and leads into an OUS and back', async () => {
    await openBoard();
    const focused = () => page.evaluate('document.activeElement.dataset.index');
    await eventually(async () => {
      await column('Delivered').locator('.card').first().focus();
      return focused();
    }).toBe('0');
    await page.keyboard.press('End');
    await eventually(focused).toBe(String(inState('Delivered').length - 1));
    await page.keyboard.press('Home');
    await eventually(focused).toBe('0');
    await page.keyboard.press('ArrowDown');
    await eventually(focused).toBe('1');
    await page.keyboard.press('ArrowLeft');
    // Nothing has the focus while the other column is drawn.
    const focusedState = () => page.evaluate('document.activeElement.dataset.column ?? "none"');
    await eventually(focusedState).not.toMatch(/^(Delivered|none)$/);
    const uid = await page.evaluate('document.activeElement.dataset.ous');
    await page.keyboard.press('Enter');
    await eventually(async () => page.url()).toContain(`#/ous/${uid}`);
    await page.locator('.timeline').waitFor();
    await page.keyboard.press('Escape');
    await page.locator('.columns').waitFor();
  });

  it('shows what tries to be markup as the text that it is', async () => {
    const evil = `<img src=x onerror="document.title='owned'"><script>document.title='owned'</script>`;
    const [ous] = inState('Reviewing');
    if (!ous) throw new Error('nothing is reviewed');
    const hostile = {
      ...ous,
      uid: evil,
      progId: evil,
      executive: evil,
      recipe: evil,
      substate: evil,
    };
    world.put('ous', { ...hostile, id: 'hostile' });
    await openBoard();
    expect(await card('hostile').locator('.uid').textContent()).toBe(evil);
    expect(await page.locator('.columns img').count()).toBe(0);
    await page.goto(`${server.url}#/ous/hostile`);
    await page.locator('.ous-head').waitFor();
    expect(await page.locator('h1 .uid').textContent()).toBe(evil);
    expect(await page.locator('main img, main script').count()).toBe(0);
    expect(await page.title()).not.toBe('owned');
    expect(open.complaints.filter((text) => !text.includes('404'))).toEqual([]);
  });

  it('has a long column in flight: few elements, the right ones in sight', async () => {
    for (let index = 0; index < 3000; index++) {
      const uid = `uid://A001/X9/X${index.toString(16)}`;
      const [first] = inState('Delivered');
      if (!first) throw new Error('nothing is delivered');
      world.put('ous', {
        ...first,
        ...{ uid, id: uid.replaceAll(/[:/]/g, '_'), state: 'Verified' },
        since_ms: Date.now() - index,
      });
    }
    await openBoard();
    const verified = inState('Verified').length;
    expect(await countOf('Verified')).toBe(verified.toLocaleString('en-US'));
    expect(await column('Verified').locator('.card').count()).toBeLessThan(30);
    await column('Verified').locator('.card').first().focus();
    await page.keyboard.press('End');
    await eventually(() =>
      column('Verified')
        .locator(`[data-index="${verified - 1}"]`)
        .count(),
    ).toBe(1);
  });
});
