// Makes the pictures of docs/images with an invented observatory, from the page, which is built first
// where it is older than its sources: `npm run screenshots`, or with names for some of them
// (`npm run screenshots -- line phone`). That of visits is made by name alone.

import { execFileSync } from 'node:child_process';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { type Browser, chromium, type Page } from 'playwright-core';
import { createChance } from '../../dashboard/web/fixture/chance.ts';
import { send, step } from '../../dashboard/web/fixture/fixture-play.ts';
import { type FixtureServer, serveFixture } from '../../dashboard/web/fixture/fixture-server.ts';
import type { FixtureWorld } from '../../dashboard/web/fixture/fixture-world.ts';
import { inventVisits } from '../../dashboard/web/fixture/invented-visits.ts';
import { inventWorld } from '../../dashboard/web/fixture/invented-world.ts';
import { type Picture, pictures } from './pictures.ts';
import { smallPng } from './small-png.ts';

const SCALE = 1.5;
/** Until what was fetched is drawn and what moves is under way. */
const SETTLE_MS = 900;
const directory = join(import.meta.dirname, '../../docs/images');

const wanted = process.argv.slice(2);
execFileSync(join(import.meta.dirname, '../build-dashboard'), { stdio: 'inherit' });
const world = inventWorld();
// The other pictures are of a site without them.
if (wanted.includes('visits')) inventVisits(world, Date.now(), createChance(3));
const server = await serveFixture(world);
const browser = await chromium.launch({
  executablePath: process.env.CHROMIUM ?? '/usr/bin/chromium',
  args: ['--headless', '--no-sandbox', '--disable-gpu', '--disable-quic', '--no-first-run'],
});
try {
  for (const picture of pictures) {
    const isWanted = wanted.length > 0 ? wanted.includes(picture.name) : picture.name !== 'visits';
    if (!isWanted) continue;
    const png = smallPng(await take(browser, server, picture));
    await writeFile(join(directory, `${picture.name}.png`), png);
    console.log(`${picture.name}.png ${Math.round(png.length / 1024)} KiB`);
  }
} finally {
  await browser.close();
  await server.close();
}

async function take(from: Browser, { url }: FixtureServer, picture: Picture): Promise<Buffer> {
  const { hash, theme, width, height, ready } = picture;
  const isPhone = width < 600;
  const context = await from.newContext({
    viewport: { width, height },
    deviceScaleFactor: isPhone ? 2 : SCALE,
    colorScheme: theme,
    isMobile: isPhone,
  });
  const page = await context.newPage();
  await page.goto(url + hash.replace('OUS', worthALook(world)));
  await page.locator(ready).first().waitFor();
  await page.waitForTimeout(SETTLE_MS);
  if (isPhone) await showColumn(page, 'Processing');
  if (picture.isMoving) await sendMessages(page);
  const png = await page.screenshot();
  await context.close();
  return png;
}

/** One that failed once and is delivered by now. */
function worthALook({ histories }: FixtureWorld): string {
  for (const [id, history] of histories) {
    const states = history.map(({ state }) => state);
    if (states.at(-1) === 'Delivered' && states.includes('ProcessingProblem')) return id;
  }
  return [...histories.keys()][0] ?? '';
}

async function showColumn(page: Page, state: string): Promise<void> {
  await page.locator(`.state-jump[aria-label^="${state}:"]`).click();
  await page.waitForTimeout(SETTLE_MS);
}

/** Some of everything that flies, a little apart. */
async function sendMessages(page: Page): Promise<void> {
  const about = 'uid://A001/X1465/X1014';
  const ways = [
    ['pipeline.report.JAO', 'pipeline-driver@EU', 'aqua-qa2@JAO'],
    ['cached.JAO', 'pipeline-driver@EU', 'replicated-cache@JAO'],
    ['pipeline.process.EU', 'dra@JAO', 'torque-maui@EU'],
    ['cached.EU', 'pipeline-driver@EU', 'replicated-cache@EU'],
    ['ingest.JAO', 'aqua-qa2@JAO', 'product-ingestor@JAO'],
    ['xtss', 'pipeline-driver@EU', 'xtss@JAO'],
    ['xtss', 'data-tracker@EU', 'xtss@JAO'],
  ] as const;
  for (const way of ways) {
    send(world, way, 'products', about, way[0] === 'xtss' ? 'request' : 'message');
    await page.waitForTimeout(70);
  }
  const [ous] = world.values('ous').filter(({ state }) => state === 'Reviewing');
  if (ous) step(world, ous.id);
  await page.waitForTimeout(160);
}
