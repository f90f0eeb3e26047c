// The database server goes away and comes back, also as another one: pages see that, and the
// dashboard goes on by itself.

import { fork } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { createServer, request } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { startDashboard } from '../../../dashboard/server/dashboard.ts';
import { launchOus } from '../../../mockup/core/ous/ous.ts';
import { type CouchServer, startCouchServer } from '../../../mockup/couch-server/server.ts';
import { Releases } from '../../../mockup/platform/process/releases.ts';
import { initDatabases } from '../../../mockup/replication/init-databases.ts';
import { LivePage } from './live-page.ts';
import { connect, optionsFor, ports, until } from './site.ts';

/** Far longer than a person is promised, for a loaded machine. */
const LONG_MS = 60_000;

let releases: Releases;
let directory: string;
beforeEach(async () => {
  releases = new Releases();
  directory = await mkdtemp(join(tmpdir(), 'draws-dashboard-'));
  releases.add(() => rm(directory, { recursive: true, force: true }));
});
afterEach(() => releases.release());

async function startCouch(port = 0, where?: string): Promise<CouchServer> {
  const couch = await startCouchServer({ port, ...(where && { directory: where }) });
  releases.add(() => couch.close());
  return couch;
}

async function startPage(couchdbUrl: string): Promise<{ url: string; page: LivePage }> {
  const dashboard = await startDashboard(ports, optionsFor(couchdbUrl));
  releases.add(() => dashboard.stop());
  const page = await LivePage.open(dashboard.url);
  releases.add(() => page.close());
  return { url: dashboard.url, page };
}

async function launch(couch: { url: string }, ...uids: string[]): Promise<void> {
  const server = connect(couch.url);
  await initDatabases(server);
  for (const uid of uids) {
    const context = { timestamp: '2026-07-01T10:00:00.000', by: 'launcher@JAO' };
    const ous = launchOus(undefined, uid, '2019.1.00263.S', context);
    await server.open('status-entities').put(ous);
  }
}

const health = async (url: string) => (await fetch(`${url}/healthz`)).status;

it('shows since when the database is away, and all that happened meanwhile once it is back', async () => {
  const first = await startCouch(0, directory);
  await launch(first, 'uid://A/B/C1');
  const { url, page } = await startPage(first.url);
  await page.until(() => page.get('feed', 'status-entities')?.state === 'live');
  await until(async () => (await health(url)) === 200);

  await first.close();
  await page.until(() => page.get('feed', 'status-entities')?.state === 'lost');
  const lost = page.get('feed', 'status-entities');
  expect(lost?.error).toMatch(/no answer|can't connect/);
  expect(Math.abs((lost?.since_ms ?? 0) - Date.now())).toBeLessThan(60_000);
  expect(await health(url)).toBe(503);
  // What was seen stays to be seen, and what needs the database says so.
  expect(page.get('ous', 'uid___A_B_C1')?.uid).toBe('uid://A/B/C1');
  const detail = await fetch(`${url}/api/ous/uid___A_B_C1`);
  expect(detail.status).toBe(503);
  expect(await detail.json()).toMatchObject({ error: { code: 'database_unavailable' } });
  const late = await LivePage.open(url);
  releases.add(() => late.close());
  expect(late.get('ous', 'uid___A_B_C1')?.uid).toBe('uid://A/B/C1');

  const second = await startCouch(first.port, directory);
  await launch(second, 'uid://A/B/C2');
  await page.until(() => page.get('ous', 'uid___A_B_C2') !== undefined);
  await page.until(() => page.get('feed', 'status-entities')?.state === 'live');
  await until(async () => (await health(url)) === 200);
});

it('forgets what another database in its place does not have', async () => {
  const first = await startCouch();
  await launch(first, 'uid://A/B/C1', 'uid://A/B/C2');
  const { page } = await startPage(first.url);
  await page.until(() => page.get('ous', 'uid___A_B_C2') !== undefined);
  await first.close();
  await page.until(() => page.get('feed', 'status-entities')?.state === 'lost');
  const second = await startCouch(first.port);
  await launch(second, 'uid://A/B/C2', 'uid://A/B/C3');
  await page.until(
    () =>
      page.get('ous', 'uid___A_B_C1') === undefined &&
      page.get('ous', 'uid___A_B_C3') !== undefined &&
      page.get('feed', 'status-entities')?.state === 'live',
  );
  expect(page.count('ous')).toBe(2);
});

it('notices a database that is deleted and made anew', async () => {
  const couch = await startCouch();
  await launch(couch, 'uid://A/B/C1');
  const { page } = await startPage(couch.url);
  await page.until(() => page.get('feed', 'status-entities')?.state === 'live');
  await connect(couch.url).remove('status-entities');
  await page.until(() => page.get('feed', 'status-entities')?.state === 'gone');
  await launch(couch, 'uid://A/B/C2');
  await page.until(() => page.get('ous', 'uid___A_B_C2') !== undefined);
  await page.until(() => page.get('ous', 'uid___A_B_C1') === undefined);
});

it('does without databases that are not there, and says which', async () => {
  const couch = await startCouch();
  await launch(couch, 'uid://A/B/C');
  const server = connect(couch.url);
  for (const name of ['ngas', 'delivery-status', 'pipeline-reports']) await server.remove(name);
  const { url, page } = await startPage(couch.url);
  await page.until(() => page.get('ous', 'uid___A_B_C') !== undefined);
  await page.until(() => page.get('feed', 'ngas')?.state === 'absent');
  const detail = await fetch(`${url}/api/ous/uid___A_B_C`);
  expect(detail.status).toBe(200);
  expect(await detail.json()).toMatchObject({ delivery: null, runs: [] });
});

it('starts before its database server, and waits for it', async () => {
  const couch = await startCouch(0, directory);
  await couch.close();
  const { page } = await startPage(couch.url);
  await page.until(() => page.get('feed', 'msgq')?.state === 'lost');
  await launch(await startCouch(couch.port, directory), 'uid://A/B/C');
  await page.until(() => page.get('ous', 'uid___A_B_C') !== undefined);
  await page.until(() => page.get('feed', 'msgq')?.state === 'live');
});

it('keeps nobody waiting for a database that is there and says nothing', async () => {
  const couch = await startCouch();
  await launch(couch, 'uid://A/B/C');
  let isFrozen = false;
  const between = createServer((incoming, outgoing) => {
    if (isFrozen) return;
    const { method, url: path, headers } = incoming;
    const passed = request(`${couch.url}${path}`, { method, headers }, (answer) => {
      outgoing.writeHead(answer.statusCode ?? 500, answer.headers);
      answer.pipe(outgoing);
    });
    passed.on('error', () => outgoing.destroy());
    outgoing.on('close', () => passed.destroy());
    incoming.pipe(passed);
  });
  await new Promise<void>((resolve) => between.listen(0, '127.0.0.1', resolve));
  releases.add(() => new Promise((resolve) => between.close(resolve)));
  releases.add(() => between.closeAllConnections());
  const address = `http://127.0.0.1:${(between.address() as AddressInfo).port}`;
  // A clock on which all waiting is a hundred times shorter.
  const { clock } = ports;
  const hurried = {
    ...ports,
    clock: {
      now: () => clock.now(),
      monotonic: () => clock.monotonic(),
      timer: (delay_ms: number, callback: () => void) => clock.timer(delay_ms, callback),
      sleep: (delay_ms: number, signal?: AbortSignal) => clock.sleep(delay_ms / 100, signal),
    } as typeof clock,
  };
  const dashboard = await startDashboard(hurried, optionsFor(address));
  releases.add(() => dashboard.stop());
  const path = `${dashboard.url}/api/ous/uid___A_B_C`;
  await until(async () => (await fetch(path)).status === 200);
  isFrozen = true;
  const answer = await fetch(path);
  expect(answer.status).toBe(503);
  expect(await answer.json()).toMatchObject({ error: { code: 'database_silent' } });
  isFrozen = false;
  between.closeAllConnections();
  await until(async () => (await fetch(path)).status === 200);
});

it('notices a database server that is frozen (SIGSTOP), and goes on when it thaws', {
  timeout: 120_000,
}, async () => {
  const script = new URL('../../couch-server/server-child.ts', import.meta.url);
  const execArgv = ['--disable-warning=ExperimentalWarning'];
  const child = fork(script, [directory], { execArgv });
  releases.add(async () => {
    const exited = once(child, 'exit');
    child.kill('SIGKILL');
    await exited;
  });
  const [{ url: couchdb }] = (await once(child, 'message')) as [{ url: string }];
  await launch({ url: couchdb }, 'uid://A/B/C1');
  const { url, page } = await startPage(couchdb);
  const names = ['status-entities', 'msgq', 'pipeline-reports', 'ngas', 'actors'];
  const are = (state: string) => () =>
    names.every((name) => page.get('feed', name)?.state === state);
  await page.until(are('live'), LONG_MS);
  child.kill('SIGSTOP');
  await page.until(are('lost'), LONG_MS);
  expect(page.get('feed', 'status-entities')?.error).toMatch(/does not answer/);
  expect(await health(url)).toBe(503);
  child.kill('SIGCONT');
  await page.until(are('live'), LONG_MS);
  await launch({ url: couchdb }, 'uid://A/B/C2');
  await page.until(() => page.get('ous', 'uid___A_B_C2') !== undefined, LONG_MS);
});

it('stops quickly while its database server is away', async () => {
  const couch = await startCouch();
  await launch(couch);
  const dashboard = await startDashboard(ports, optionsFor(couch.url));
  await couch.close();
  await dashboard.stop();
  await expect(fetch(dashboard.url)).rejects.toThrow();
});
