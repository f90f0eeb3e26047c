// A real Chromium that looks at the built page. Whatever the page complains of, and every request
// that leaves its server, is kept for the test to see.

import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { type Browser, type BrowserContextOptions, chromium, type Page } from 'playwright-core';
import { expect } from 'vitest';

const repository = join(import.meta.dirname, '../../..');
export const webDirectory = join(repository, 'dashboard/web/dist');

/** Generous, for a machine that does other things too. */
export const LIMIT_MS = 20_000;
const BUILD_LIMIT_MS = 120_000;

const FLAGS = [
  '--headless',
  '--no-sandbox',
  '--disable-gpu',
  '--disable-quic',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
];

/** Where Debian puts it, unless CHROMIUM names another. */
const executablePath = process.env.CHROMIUM ?? '/usr/bin/chromium';

/** Builds the page where that is needed. */
export async function launchBrowser(): Promise<Browser> {
  await promisify(execFile)(join(repository, 'scripts/build-dashboard'), {
    timeout: BUILD_LIMIT_MS,
  });
  return chromium.launch({ executablePath, args: FLAGS });
}

export interface OpenPage {
  page: Page;
  /** Errors of scripts, of the console and of the content security policy. */
  complaints: string[];
  /** Addresses outside the page's own server. */
  foreign: string[];
}

export interface PageOptions extends BrowserContextOptions {
  /** Such as `#/line`. */
  hash?: string;
}

export async function openPage(
  browser: Browser,
  url: string,
  { hash = '', ...options }: PageOptions = {},
): Promise<OpenPage> {
  const context = await browser.newContext({
    viewport: { width: 1280, height: 720 },
    colorScheme: 'dark',
    reducedMotion: 'reduce',
    ...options,
  });
  const page = await context.newPage();
  page.setDefaultTimeout(LIMIT_MS);
  const complaints: string[] = [];
  const foreign: string[] = [];
  page.on('pageerror', (error) => complaints.push(`error: ${error.message}`));
  page.on('console', (message) => {
    if (message.type() === 'error' || message.type() === 'warning') {
      complaints.push(`${message.type()}: ${message.text()}`);
    }
  });
  const { origin } = new URL(url);
  page.on('request', (request) => {
    const asked = new URL(request.url());
    if (asked.origin !== origin && !/^(data|blob):$/.test(asked.protocol)) {
      foreign.push(request.url());
    }
  });
  await page.goto(new URL(hash, url).href);
  return { page, complaints, foreign };
}

/** Waits until the page shows what is expected. */
export function eventually<T>(look: () => Promise<T>) {
  return expect.poll(look, { timeout: LIMIT_MS, interval: 50 });
}

/** The texts of all elements that match. */
export function texts(page: Page, selector: string): Promise<string[]> {
  return page.locator(selector).allInnerTexts();
}
