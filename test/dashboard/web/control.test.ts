// A line that was started with `--control`, driven by its page alone: from launch to Delivered, and
// broken and mended while somebody watches. One line for all; each act is done in a real browser.

import { readFileSync } from 'node:fs';
import { request as httpRequest } from 'node:http';
import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { WebSocket } from 'ws';
import type { Act } from '../../../dashboard/protocol/control.ts';
import type { Snapshot } from '../../../dashboard/protocol/live-messages.ts';
import { databaseNames } from '../../../mockup/core/databases.ts';
import {
  type RunningLine,
  startLine,
  temporaryDirectory,
} from '../../integration/line/running-line.ts';
import { connect } from '../server/site.ts';
import { launchBrowser, openPage } from './browser.ts';

const LIMIT_MS = 90_000;
const ADDRESS = /control the line at (http:\/\/localhost:\d+)\/(#\/control\?token=([\w-]+)\S*)/g;
const UID = 'uid://X1/X1/Xb0';

const directory = temporaryDirectory();
let browser: Browser;
let line: RunningLine;
let page: Page;
let complaints: string[];
let base: string;

const lastAddress = () => [...line.output().matchAll(ADDRESS)].at(-1) ?? [];
const eventually = <T>(look: () => Promise<T> | T) =>
  expect.poll(look, { timeout: LIMIT_MS, interval: 100 });
const press = (name: string | RegExp) => page.getByRole('button', { name }).first().click();
const go = (hash: string) => page.evaluate(`void (location.hash = '${hash}')`);
const stateOf = async (uid = UID) => {
  const answer = await fetch(`${base}/api/ous/${encodeURIComponent(uid)}`);
  const { summary } = (await answer.json()) as { summary?: { state: string; substate: string } };
  return summary && `${summary.state} ${summary.substate ?? ''}`.trim();
};
const processText = (id: string) => page.locator(`[data-process="${id}"]`).textContent();

beforeAll(async () => {
  browser = await launchBrowser();
  const options = ['--control', '--no-demo', '--dashboard-port', '0', '--pace', '0.05'];
  line = startLine(['--data', directory.path, ...options]);
  await line.says(/control the line at/);
  const [, address = '', hash = ''] = lastAddress();
  base = address;
  const open = await openPage(browser, `${base}/`, {
    hash,
    viewport: { width: 1280, height: 900 },
  });
  page = open.page;
  complaints = open.complaints;
  page.setDefaultTimeout(LIMIT_MS);
}, 180_000);

afterAll(async () => {
  await browser?.close();
  line?.kill('SIGTERM');
  await line?.end;
  directory.remove();
}, 60_000);

describe('the page', { timeout: 4 * LIMIT_MS }, () => {
  it('exchanges the token once and drops it from the address', async () => {
    await eventually(() => page.locator('.control-head').textContent()).toContain('@dashboard');
    expect(page.url()).not.toContain('token');
    const [, , , token = ''] = lastAddress();
    expect(token).not.toBe([...line.output().matchAll(ADDRESS)][0]?.[3]);
    await page.reload();
    await eventually(() => page.locator('.control-head').textContent()).toContain('@dashboard');
  });

  it('brings an OUS from its launch to Delivered, by keys', async () => {
    const pipeline = page.getByLabel('Recipe');
    await pipeline.focus();
    await pipeline.selectOption('PipelineCalibration');
    await page.getByLabel('OUSs').focus();
    await page.keyboard.press('Enter');
    await eventually(() => page.locator('.act-notice').textContent()).toContain(`launched ${UID}`);
    await page.getByLabel('OUSs').blur();
    await page.keyboard.press('1');
    await page.locator('.card').first().focus();
    await page.keyboard.press('Enter');
    await page.getByRole('button', { name: 'Assign to EU' }).waitFor();
    await page.keyboard.press('e');
    await eventually(() => stateOf()).toBe('ReadyForReview');
    await page.getByRole('button', { name: /^Begin the review/ }).waitFor();
    await eventually(async () => {
      await page.keyboard.press('r');
      return page.locator('.review h2').textContent();
    }).toContain('the verdict');
    await page.locator('.weblog iframe').waitFor();
    const weblog = page.frameLocator('.weblog iframe').locator('body');
    await eventually(() => weblog.textContent()).toMatch(/score/i);
    await page.keyboard.press('p');
    await eventually(() => stateOf()).toBe('Delivered');
    const history = await page.locator('.ous-history').textContent();
    expect(history).toContain('@dashboard');
    expect(complaints).toEqual([]);
  });

  it('fails runs, and queues them again', async () => {
    await go('#/control');
    await press('90 % of runs and reviews fail');
    await eventually(() => page.locator('.act-notice').textContent()).toContain('90 %');
    const uid = 'uid://X1/X1/Xb1';
    await page.getByLabel('Recipe').selectOption('PipelineImaging');
    await press(/^Launch$/);
    await eventually(() => stateOf(uid)).toBe('ReadyForProcessing PipelineImaging');
    await go(`#/ous/${uid}`);
    await eventually(async () => {
      const state = await stateOf(uid);
      if (state?.startsWith('ReadyForProcessing')) await page.keyboard.press('j');
      return state;
    }).toMatch(/^(ProcessingProblem|ReadyForReview)$/);
    if ((await stateOf(uid)) === 'ProcessingProblem') {
      await page.getByRole('button', { name: /^Queue again/ }).click();
      await eventually(() => stateOf(uid)).toMatch(/^ReadyForProcessing/);
    }
    await go('#/control');
    await press('0 % of runs and reviews fail');
    await eventually(() => page.locator('.act-notice').textContent()).toContain('0 % of runs');
  });

  it('kills, freezes, thaws, restarts and stops an actor, and it recovers', async () => {
    await go('#/control');
    await press('Kill JAO-xtss');
    await eventually(() => processText('JAO-xtss')).toMatch(/running.*1× restarted/);
    await press('Freeze JAO-xtss');
    await eventually(() => processText('JAO-xtss')).toContain('frozen');
    await go('#/line');
    const xtss = page.locator('[data-actor="JAO.xtss"]');
    await eventually(() => xtss.textContent()).toContain('frozen');
    await go('#/control');
    await press('Thaw JAO-xtss');
    await eventually(() => processText('JAO-xtss')).toContain('running');
    await press('Restart JAO-xtss');
    await eventually(() => page.locator('.act-list').textContent()).toContain(
      'JAO-xtss is started again',
    );
    await press('Stop EU-torque-maui');
    await eventually(() => processText('EU-torque-maui')).toContain('stopped');
    await press('Start EU-torque-maui');
    await eventually(() => processText('EU-torque-maui')).toContain('running');
  });

  it('kills a database server, and it comes back', async () => {
    await press('Kill EU-couchdb');
    await eventually(() => processText('EU-couchdb')).toMatch(/running.*1× restarted/);
    await go('#/line');
    await eventually(() => page.locator('.link.is-good').count()).toBeGreaterThan(5);
  });

  it('cuts a link, sees it red, heals it, and sees it recover', async () => {
    await go('#/control');
    await press('Cut the link between JAO and EU');
    await eventually(() => page.locator('[data-link="JAO-EU"]').textContent()).toContain('cut');
    await go('#/line');
    await eventually(() => page.locator('.link.is-bad').count()).toBeGreaterThan(5);
    await go('#/control');
    await press('Heal the link between JAO and EU');
    await go('#/line');
    await eventually(() => page.locator('.link.is-bad').count()).toBe(0);
    await eventually(() => page.locator('.link.is-good').count()).toBeGreaterThan(5);
  });

  it('fills a cache: what arrives waits, until there is room', async () => {
    const uid = 'uid://X1/X1/Xb2';
    await go('#/control');
    await press('Fill the cache of JAO');
    await page.getByLabel('Recipe').selectOption('PipelineCalibration');
    await press(/^Launch$/);
    await go(`#/ous/${uid}`);
    await page.getByRole('button', { name: 'Assign to EU' }).click();
    await eventually(() => stateOf(uid)).toBe('ReadyForReview');
    const log = () => readFileSync(`${directory.path}/logs/JAO-replicated-cache.log`, 'utf8');
    await eventually(log).toContain('File too large');
    await go('#/control');
    await press('Make room in the cache of JAO');
    await go(`#/ous/${uid}`);
    await page.getByRole('button', { name: /^Pass/ }).click();
    await eventually(() => stateOf(uid)).toBe('Delivered');
  });

  it('retries and deletes dead messages', async () => {
    const url = /JAO {2}CouchDB (http:\S+)/.exec(line.output())?.[1] ?? '';
    const messages = connect(url).open(databaseNames.messages);
    const delivery = { state: 'dead', attempts: 5, lease_ms: 1, error: 'no such thing' };
    const holder = { actor: 'nobody', site: 'JAO', machine: '', pid: 1, instance: 'a' };
    for (const digit of ['1', '2']) {
      await messages.put({
        _id: `2026-01-01T00_00_00.000-${digit.repeat(32)}`,
        creationTimestamp: '2026-01-01T00:00:00.000',
        originIP: '127.0.0.1',
        selector: 'nobody.reads.this',
        consumed: true,
        body: {},
        sender: 'tester@JAO',
        delivery: { ...delivery, holder, claimedAt: '2026-01-01T00:00:00.000' },
      });
    }
    await go('#/control');
    await eventually(() => page.locator('.dead-list li').count()).toBe(2);
    await page
      .getByRole('button', { name: /^Retry message/ })
      .first()
      .click();
    await eventually(() => page.locator('.dead-list li').count()).toBe(1);
    await page.getByRole('button', { name: /^Delete message/ }).click();
    await press('Really delete it?');
    await eventually(() => page.locator('.dead-list li').count()).toBe(0);
    const all = await messages.find<{ _id: string; revivedBy?: string }>({
      selector: { selector: 'nobody.reads.this' },
    } as never);
    expect(all.map(({ revivedBy }) => revivedBy)).toEqual([expect.stringMatching(/@dashboard$/)]);
  });
});

describe('the control routes', { timeout: LIMIT_MS }, () => {
  const act: Act = { act: 'pace', value: 7 };
  const nonce = () => crypto.randomUUID();

  async function session(): Promise<{ authorization: string; epoch: string }> {
    const [, , , token = ''] = lastAddress();
    const answer = await send('session', { token, name: 'tester' });
    const { session: own, epoch } = (await answer.json()) as { session: string; epoch: string };
    await eventually(() => lastAddress()[3]).not.toBe(token);
    return { authorization: `Bearer ${own}`, epoch };
  }

  function send(path: string, body: unknown, headers: Record<string, string> = {}) {
    return fetch(`${base}/api/control/${path}`, {
      method: 'POST',
      headers: { origin: base, 'content-type': 'application/json', ...headers },
      body: typeof body === 'string' ? body : JSON.stringify(body),
    });
  }

  it('refuse who has no session, or a forged one', async () => {
    const { authorization, epoch } = await session();
    const request = { id: nonce(), epoch, act };
    const forged = authorization.replace(/.$/, (last) => (last === '0' ? '1' : '0'));
    const other = authorization.replace('tester', 'another');
    for (const given of [undefined, '', 'Bearer ', 'Bearer x', 'Basic eDp5', forged, other]) {
      const answer = await send(
        'acts',
        request,
        given === undefined ? {} : { authorization: given },
      );
      expect(answer.status, String(given)).toBe(401);
    }
    for (const token of ['', 'x', 'A'.repeat(200), '../..']) {
      expect((await send('session', { token, name: 'a' })).status).toBeGreaterThanOrEqual(400);
    }
  });

  it('refuse foreign origins, other names, proxies and frames', async () => {
    const { authorization, epoch } = await session();
    const fine = { id: nonce(), epoch, act };
    const bad: Record<string, string>[] = [
      { origin: 'http://evil.example' },
      { origin: 'null' },
      { origin: base.replace(/:\d+$/, ':1') },
      { origin: base.replace('http:', 'https:') },
      { 'sec-fetch-site': 'cross-site' },
      { 'sec-fetch-site': 'same-site' },
      { 'x-forwarded-for': '10.0.0.1' },
      { forwarded: 'for=10.0.0.1' },
    ];
    for (const headers of bad) {
      const answer = await send('acts', fine, { authorization, ...headers });
      expect(answer.status, JSON.stringify(headers)).toBe(403);
    }
    const plain = await send('acts', fine, { authorization, 'content-type': 'text/plain' });
    expect(plain.status).toBe(415);
    expect((await fetch(`${base}/api/control/acts`)).status).toBe(405);
  });

  it('refuse another name for this machine, as after a rebinding', async () => {
    const { authorization, epoch } = await session();
    const body = JSON.stringify({ id: nonce(), epoch, act });
    const { port } = new URL(base);
    for (const host of [
      'evil.example',
      `evil.example:${port}`,
      `localhost.evil.example:${port}`,
    ]) {
      const headers = { host, origin: `http://${host}`, authorization };
      const status = await new Promise<number | undefined>((resolve, reject) => {
        const asked = httpRequest(
          {
            ...{ port, host: '127.0.0.1', path: '/api/control/acts', method: 'POST' },
            headers: { ...headers, 'content-type': 'application/json' },
          },
          (answer) => resolve(answer.resume().statusCode),
        );
        asked.on('error', reject);
        asked.end(body);
      });
      expect(status, host).toBe(403);
    }
  });

  it('do nothing twice, nothing for another start, and nothing that is not understood', async () => {
    const { authorization, epoch } = await session();
    const own = { authorization };
    const once = { id: nonce(), epoch, act: { act: 'pace', value: 0.06 } };
    expect((await send('acts', once, own)).status).toBe(200);
    expect((await send('acts', once, own)).status).toBe(409);
    expect((await send('acts', { id: nonce(), epoch: '1', act }, own)).status).toBe(409);
    const unknown = [
      { act: 'process', name: 'JAO-nobody', do: 'kill' },
      { act: 'process', name: '../../etc/passwd', do: 'kill' },
      { act: 'process', name: 'JAO-dashboard', do: 'kill' },
      { act: 'link', link: 'JAO-NA', to: 'cut' },
      { act: 'cache', site: 'EA', full: true },
      { act: 'retry-message', message: '_design/x' },
    ];
    for (const one of unknown) {
      const answer = await send('acts', { id: nonce(), epoch, act: one }, own);
      expect(answer.status, JSON.stringify(one)).toBe(409);
    }
    const malformed = [
      '',
      '{',
      'null',
      '[]',
      '"x"',
      { id: nonce(), epoch, act: {} },
      { id: 'short', epoch, act },
      { id: nonce(), epoch, act: { ...act, more: 1 } },
      { id: nonce(), epoch, act: { act: 'pace', value: -1 } },
      { id: nonce(), epoch, act: { act: 'pace', value: '1' } },
      { id: nonce(), epoch, act: { act: 'launch', count: 1e9, project: '', recipe: null } },
      { id: nonce(), epoch, act: { act: 'process', name: 'JAO-xtss', do: 'constructor' } },
    ];
    for (const body of malformed) {
      expect((await send('acts', body, own)).status, JSON.stringify(body)).toBe(400);
    }
    const large = { id: nonce(), epoch, act, more: 'x'.repeat(20_000) };
    expect((await send('acts', large, own)).status).toBe(413);
    const { line: settings } = await snapshot();
    expect(settings[0]?.pace).toBe(0.06);
  });

  it('are no websocket, and what a websocket says is not read', async () => {
    const { authorization, epoch } = await session();
    const to = base.replace('http:', 'ws:');
    const ended = (path: string, origin: string) =>
      new Promise<string>((resolve) => {
        const socket = new WebSocket(`${to}${path}`, { headers: { origin, authorization } });
        socket.on('open', () => {
          socket.send(JSON.stringify({ id: nonce(), epoch, act }));
          socket.close();
        });
        socket.on('error', () => resolve('refused'));
        socket.on('close', () => resolve('ended'));
      });
    expect(await ended('/api/control/acts', base)).toBe('refused');
    expect(await ended('/api/live', 'http://evil.example')).toBe('refused');
    expect(await ended('/api/live', base)).toBe('ended');
    const { line: settings } = await snapshot();
    expect(settings[0]?.pace).toBe(0.06);
  });

  it('are not there at the other sites', async () => {
    const [, other = ''] =
      /EU {3}CouchDB .* {2}dashboard (http:\S+?)\/?\s/.exec(line.output()) ?? [];
    const answer = await fetch(`${other}/api/control/session`, { method: 'POST' });
    expect(answer.status).toBe(404);
    expect((await fetch(`${other}/api/control/acts`)).status).toBe(404);
  });

  async function snapshot() {
    const answer = await fetch(`${base}/api/snapshot`);
    return ((await answer.json()) as Snapshot).all;
  }
});
