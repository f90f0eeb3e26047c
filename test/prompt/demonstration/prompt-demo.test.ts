// The demonstration as a person runs it, seen through its page in a real browser: every visit is
// processed, a detector and its worker are a click away, and nothing is left behind.

import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Browser, Page } from 'playwright-core';
import { afterAll, afterEach, beforeAll, expect, it } from 'vitest';
import type { VisitRecord } from '../../../mockup/core/prompt/visit-record.ts';
import { launchBrowser, openPage } from '../../dashboard/web/browser.ts';

const LIMIT_MS = 600_000;
const main = join(import.meta.dirname, '../../../scripts/prompt-demo.d/main.ts');

let browser: Browser;
let demonstration: ChildProcess | undefined;

beforeAll(async () => {
  browser = await launchBrowser();
}, 150_000);
afterAll(() => browser?.close());
afterEach(() => {
  demonstration?.kill('SIGKILL');
});

/** Resolves with the first group where the output says it. */
function start(temporary: string, args: readonly string[]) {
  let output = '';
  const child = spawn(process.execPath, ['--disable-warning=ExperimentalWarning', main, ...args], {
    stdio: ['ignore', 'pipe', 'pipe'],
    env: {
      ...process.env,
      TMPDIR: temporary,
      NODE_COMPILE_CACHE: join(tmpdir(), 'node-compile-cache'),
    },
  });
  demonstration = child;
  const ended = once(child, 'exit').then(([code]) => code as number | null);
  for (const stream of [child.stdout, child.stderr]) {
    stream.on('data', (text: Buffer) => {
      output += text;
    });
  }
  const says = async (pattern: RegExp): Promise<string> => {
    for (;;) {
      const match = pattern.exec(output);
      if (match) return match[1] ?? match[0];
      const more = Promise.race([once(child.stdout, 'data'), ended]);
      await more;
      if (child.exitCode !== null) throw new Error(`it ended (${child.exitCode}):\n${output}`);
    }
  };
  return { child, ended, says, output: () => output };
}

const count = (page: Page, selector: string) => () => page.locator(selector).count();

it('processes every visit of a night, shows it, and leaves nothing behind', {
  timeout: LIMIT_MS,
}, async () => {
  const temporary = mkdtempSync(join(tmpdir(), 'prompt-demo-test-'));
  const report = join(temporary, 'report.json');
  const cameras = ['--instrument', 'LATISS', '--instrument', 'LSSTComCam'];
  const { child, ended, says, output } = start(temporary, [
    ...cameras,
    ...['--groups', '1', '--pace', '0.02', '--seed', '7', '--workers', '1..4'],
    ...['--stay', '--dashboard-port', '0', '--json', report],
  ]);
  const url = await says(/dashboard: (http:\S+?)#\/visits/);
  const { page, complaints } = await openPage(browser, url, {
    hash: '#/visits?instrument=LSSTComCam',
  });
  await says(/the night is over/);
  const patient = { timeout: 60_000 };
  await expect.poll(count(page, '.tile[data-state="processed"]'), patient).toBe(9);
  // Latency against the promise, and the workers, of which none has anything to do any more.
  const figures = page.locator('.latency-figures').first();
  expect(await figures.textContent()).toMatch(/Alerts within 60 s of readout.*of 9 detectors/);
  const busy = page.locator('.worker-figures dd').first();
  await expect.poll(() => busy.textContent(), patient).toBe('0 of 4');
  await page.locator('[data-detector="4"]').click();
  const panel = page.locator('.detector-panel');
  await expect.poll(() => panel.textContent(), patient).toMatch(/\d+ alerts/);
  await panel.locator('.visit-link').click();
  const worker = page.locator('.worker-panel');
  await expect.poll(count(page, '.worker-visits li'), patient).toBeGreaterThan(0);
  expect(await worker.locator('h2').textContent()).toContain('instance-');
  if (process.env.DRAWS_SCREENSHOT) await page.screenshot({ path: process.env.DRAWS_SCREENSHOT });
  const health = await fetch(new URL('/healthz', url));
  expect([health.status, complaints]).toEqual([200, []]);
  await page.context().close();

  child.kill('SIGINT');
  expect(await ended, output()).toBe(0);
  const records = JSON.parse(readFileSync(report, 'utf8')) as VisitRecord[];
  expect(records.map(({ state }) => state)).toEqual(Array(10).fill('processed'));
  for (const { snaps, visit, result } of records) {
    expect(snaps.map(({ snap }) => snap)).toEqual(
      Array.from({ length: visit.snaps }, (_, n) => n),
    );
    expect(result?.alerts).toBeGreaterThan(0);
  }
  expect(readdirSync(temporary)).toEqual(['report.json']);
  rmSync(temporary, { recursive: true });
});
