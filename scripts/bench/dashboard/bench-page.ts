// A Chromium for benchmarks, with what is measured inside of the page: when
// something is drawn. Page and benchmark share the clock of one machine.

import { setTimeout as sleep } from 'node:timers/promises';
import { chromium, type Page } from 'playwright-core';
import { startTrace } from './page-trace.ts';

const FLAGS = ['--headless', '--no-sandbox', '--disable-gpu', '--no-first-run', '--disable-sync'];

const MEASURE = `
  window.afterPaint = (then) => requestAnimationFrame(() => setTimeout(then));
  window.when = (isSo) => new Promise((resolve) => {
    const look = () => {
      if (!isSo()) return;
      observer.disconnect();
      afterPaint(() => resolve({ at_ms: Date.now(), after_ms: performance.now() }));
    };
    const observer = new MutationObserver(look);
    observer.observe(document, { childList: true, subtree: true, characterData: true });
    look();
  });
  window.picture = when(() => document.querySelector('.card'));
`;

export interface BenchPage {
  /** From the beginning of the navigation until cards are drawn. */
  firstPicture_ms(): Promise<number>;
  idOfFirstCard(): Promise<string>;
  /** When the card of this OUS shows this text. */
  drawn(id: string, text: string): { isWatched: Promise<unknown>; at_ms: Promise<number> };
  /** Follows the number above a column. */
  watchCount(state: string): Promise<CountWatch>;
  type(text: string, pause_ms: number): Promise<void>;
  trace(): ReturnType<typeof startTrace>;
  close(): Promise<void>;
}

interface CountWatch {
  first: number;
  /** All numbers and when they were drawn; throws when `count` is not reached in time. */
  until(count: number, limit_ms: number): Promise<{ count: number; at_ms: number }[]>;
}

export async function openBenchPage(url: string): Promise<BenchPage> {
  const browser = await chromium.launch({
    executablePath: process.env.CHROMIUM ?? '/usr/bin/chromium',
    args: FLAGS,
  });
  const page = await browser.newPage({ viewport: { width: 1280, height: 720 } });
  await page.addInitScript(MEASURE);
  await page.goto(`${url}/#/board`);
  await page.locator('.card').first().waitFor();
  return {
    firstPicture_ms: async () =>
      ((await page.evaluate('picture')) as { after_ms: number }).after_ms,
    idOfFirstCard: async () => {
      return (await page.locator('.card').first().getAttribute('data-ous')) ?? '';
    },
    drawn: (id, text) => drawn(page, id, text),
    watchCount: (state) => watchCount(page, state),
    type: (text, pause_ms) => type(page, text, pause_ms),
    trace: () => startTrace(page),
    close: () => browser.close(),
  };
}

function drawn(page: Page, id: string, text: string) {
  const selector = JSON.stringify(`[data-ous="${id}"] .card-project`);
  const isWatched = page.evaluate(`void (window.drawnAt = when(() =>
    document.querySelector(${selector})?.textContent === ${JSON.stringify(text)}))`);
  const at_ms = isWatched.then(() => page.evaluate('drawnAt.then((moment) => moment.at_ms)'));
  return { isWatched, at_ms: at_ms as Promise<number> };
}

async function watchCount(page: Page, state: string): Promise<CountWatch> {
  const selector = JSON.stringify(`[data-state-column="${state}"] .column-count`);
  const first = (await page.evaluate(`(() => {
    const element = document.querySelector(${selector});
    const read = () => Number(element.textContent.replaceAll(',', ''));
    window.counts = [];
    new MutationObserver(() => {
      const count = read();
      afterPaint(() => counts.push({ count, at_ms: Date.now() }));
    }).observe(element, { childList: true, subtree: true, characterData: true });
    return read();
  })()`)) as number;
  return {
    first,
    until: async (count, limit_ms) => {
      const end = performance.now() + limit_ms;
      while (!(await page.evaluate(`counts.some((one) => one.count >= ${count})`))) {
        if (performance.now() > end) throw new Error(`${state} does not reach ${count}`);
        await sleep(50);
      }
      return (await page.evaluate('counts')) as { count: number; at_ms: number }[];
    },
  };
}

/** Throws when a key press was lost. The filter is one that all OUSs match. */
async function type(page: Page, text: string, pause_ms: number): Promise<void> {
  const field = page.getByRole('searchbox');
  await field.pressSequentially(text, { delay: pause_ms });
  const typed = await field.inputValue();
  if (typed !== text) throw new Error(`typed ${text}, and the page has ${typed}`);
  await field.fill('');
}
