// Makes docs/images/demonstration.gif: a line that is launched, broken and mended from its page, as a
// recording. `npm run recording`. Needs Chromium and ffmpeg (Debian's).

import { execFileSync, spawn } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { chromium, type Page } from 'playwright-core';

const repository = join(import.meta.dirname, '../..');
const picture = join(repository, 'docs/images/demonstration.gif');
const FRAMES_PER_S = 2;
const SIZE = { width: 1280, height: 760 };
const SHOWN_WIDTH = 860;
const COLOURS = 64;

const directory = mkdtempSync(join(tmpdir(), 'draws-recording-'));
execFileSync(join(repository, 'scripts/build-dashboard'), { stdio: 'inherit' });
const line = spawn(
  join(repository, 'scripts/start'),
  [
    ...['--control', '--data', join(directory, 'line'), '--ous', '5', '--pace', '0.6'],
    ...['--couchdb-port', '0', '--cache-port', '0', '--dashboard-port', '0'],
  ],
  { stdio: ['ignore', 'pipe', 'inherit'] },
);
const browser = await chromium.launch({
  executablePath: process.env.CHROMIUM ?? '/usr/bin/chromium',
  args: ['--headless', '--no-sandbox', '--disable-gpu'],
});
try {
  const page = await browser.newPage({ viewport: SIZE, colorScheme: 'dark' });
  await page.goto(await addressOf());
  await page.locator('.control-head').waitFor();
  const frames = film(page);
  await play(page);
  makePicture(await frames.end());
} finally {
  await browser.close();
  line.kill('SIGTERM');
  await new Promise((resolve) => line.once('exit', resolve));
  rmSync(directory, { recursive: true, force: true });
}

function addressOf(): Promise<string> {
  return new Promise((resolve) => {
    let output = '';
    line.stdout.on('data', (chunk: Buffer) => {
      output += chunk.toString();
      const [, address] = /control the line at (\S+)/.exec(output) ?? [];
      if (address) resolve(address);
    });
  });
}

async function play(page: Page): Promise<void> {
  const go = (hash: string) => page.evaluate(`void (location.hash = '${hash}')`);
  const press = (name: string | RegExp) => page.getByRole('button', { name }).first().click();
  const watch = (seconds: number) => page.waitForTimeout(seconds * 1000);
  await watch(1);
  await page.getByLabel('OUSs').fill('4');
  await press(/^Launch$/);
  await watch(1.5);
  await go('#/board');
  await watch(5);
  await press('Guided tour');
  await go('#/line');
  await watch(6);
  await press('End the tour');
  await go('#/control');
  await press('Cut the link between JAO and EU');
  await watch(1);
  await go('#/line');
  await watch(4);
  await go('#/control');
  await press('Heal the link between JAO and EU');
  await press('Kill JAO-xtss');
  await watch(1);
  await go('#/line');
  await watch(5);
  await go('#/board');
  await watch(4);
}

/** A picture of the page again and again, until it is told to end; gives the directory. */
function film(page: Page): { end(): Promise<string> } {
  let isOver = false;
  let count = 0;
  const filming = (async () => {
    while (!isOver) {
      const next = page.waitForTimeout(1000 / FRAMES_PER_S);
      count += 1;
      const name = `${String(count).padStart(5, '0')}.png`;
      await page.screenshot({ path: join(directory, name) });
      await next;
    }
  })();
  return {
    end: async () => {
      isOver = true;
      await filming;
      return directory;
    },
  };
}

function makePicture(frames: string): void {
  const filter =
    `scale=${SHOWN_WIDTH}:-1:flags=lanczos,split[a][b];` +
    `[a]palettegen=max_colors=${COLOURS}:stats_mode=diff[p];[b][p]paletteuse=dither=none:diff_mode=rectangle`;
  execFileSync('ffmpeg', [
    ...['-y', '-loglevel', 'error', '-framerate', String(FRAMES_PER_S)],
    ...['-i', join(frames, '%05d.png'), '-vf', filter, picture],
  ]);
}
