// The files view with real managers: images go from a buffer by hdfmgr and endmgr into an archive and a
// directory of copies, and the page tells all of it.

import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Browser, Page } from 'playwright-core';
import { afterAll, afterEach, beforeAll, expect, it } from 'vitest';
import { Releases } from '../../../mockup/platform/process/releases.ts';
import { eventually, launchBrowser, openPage } from './browser.ts';

const program = join(import.meta.dirname, '../../../scripts/handoff-demo.d/main.ts');
const IMAGES = 6;

let browser: Browser;
let releases: Releases;

beforeAll(async () => {
  browser = await launchBrowser();
}, 150_000);
afterAll(() => browser?.close());
afterEach(() => releases.release());

/** The demonstration of the managers; gives the address of its dashboard. */
async function startManagers(): Promise<string> {
  releases = new Releases();
  const directory = await mkdtemp(join(tmpdir(), 'draws-managers-'));
  releases.add(() => rm(directory, { recursive: true, force: true }));
  const files = ['--images', '0', '--small', String(IMAGES), '--pause', '20'];
  const options = [...files, '--dashboard-port', '0', '--stay', '--directory', directory];
  const child = spawn(
    process.execPath,
    ['--disable-warning=ExperimentalWarning', program, ...options],
    { stdio: ['ignore', 'pipe', 'inherit'] },
  );
  const ended = once(child, 'exit');
  releases.add(async () => {
    child.kill('SIGTERM');
    await ended;
  });
  return new Promise((resolve, reject) => {
    let said = '';
    child.stdout.on('data', (chunk) => {
      said += chunk;
      const [, url] = /dashboard: (http:\S+)/.exec(said) ?? [];
      if (url) resolve(url);
    });
    child.once('exit', () => reject(new Error(`the managers ended: ${said}`)));
  });
}

const flow = (page: Page, title: string) =>
  page.getByRole('region', { name: title, exact: false });

async function count(page: Page, title: string, lane: string): Promise<number> {
  const counts = flow(page, title)
    .locator('.lane', { has: page.locator('.lane-name', { hasText: lane }) })
    .locator('.lane-count strong');
  return Number(await counts.first().textContent());
}

it('shows what real managers do with files', { timeout: 240_000 }, async () => {
  const url = await startManagers();
  const { page, complaints } = await openPage(browser, url, { hash: '#/files' });
  releases.add(() => page.context().close());
  await flow(page, 'Handoff').waitFor({ timeout: 60_000 });
  const ends = [
    ['Handoff', 'held'],
    ['Storage area', 'stored'],
    ['Ingester demo-ngas-events', 'SUCCESS'],
    ['Ingester demo-copy-events', 'SUCCESS'],
  ] as const;
  for (const [title, lane] of ends) {
    await expect.poll(() => count(page, title, lane), { timeout: 120_000 }).toBe(IMAGES);
  }
  for (const lane of ['discovered', 'transferring', 'transferred', 'failed']) {
    await eventually(() => count(page, 'Handoff', lane)).toBe(0);
  }
  for (const lane of ['UNTRIED', 'PENDING', 'FAILURE']) {
    await eventually(() => count(page, 'Ingester demo-ngas-events', lane)).toBe(0);
  }
  const held = flow(page, 'Handoff').locator('.file-line');
  expect(await held.count()).toBe(IMAGES);
  expect(await held.first().locator('.file-name').getAttribute('title')).toMatch(
    /^20\d\d-\d\d-\d\d\/AT_O_\d{8}_\d{6}\.fits$/,
  );
  expect(await held.first().locator('.file-facts').textContent()).toMatch(/^\d.* [kM]B · /);
  expect(await page.locator('.batches tbody tr').count()).toBeGreaterThan(0);
  expect(await page.locator('.batches .badge').first().textContent()).toContain('arrived');
  expect(await page.locator('.alarm').count()).toBe(0);
  expect(complaints).toEqual([]);
});
