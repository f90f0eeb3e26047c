// The HTTP side: what it answers, and what it refuses.

import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { request } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, describe, expect, it } from 'vitest';
import type { OusDetail, OusMessages, TablePage } from '../../../dashboard/protocol/json-api.ts';
import type { Snapshot } from '../../../dashboard/protocol/live-messages.ts';
import { makePipelineReport } from '../../../mockup/core/products/pipeline-report-writer.ts';
import type { DatabaseServer } from '../../../mockup/platform/couch/database.ts';
import { TestSite } from './site.ts';

const HOSTILE = '<img src=x onerror="alert(1)">\n{{7*7}}\u202e';
const TIME = '2026-07-01T10:00:00.000';

let site: TestSite;
afterEach(() => site.stop());

/** Sends the path as it is: fetch would tidy it. */
function rawGet(path: string, headers: Record<string, string> = {}, method = 'GET') {
  return new Promise<{ status: number; location: string; body: string }>((resolve, reject) => {
    const { hostname, port } = new URL(site.url);
    const asked = request({ hostname, port, path, method, headers }, (response) => {
      let body = '';
      response.on('data', (chunk) => {
        body += chunk;
      });
      response.on('end', () =>
        resolve({
          status: response.statusCode ?? 0,
          location: response.headers.location ?? '',
          body,
        }),
      );
    });
    asked.on('error', reject);
    asked.end();
  });
}

async function fill(server: DatabaseServer): Promise<void> {
  const uid = 'uid://A001/X1/X2';
  const history = [
    ['2026-07-01T10:00:00.000', 'ReadyForProcessing', 'PipelineImaging', null],
    ['2026-07-01T10:00:10.000', 'Processing', 'PipelineImaging', 'EU'],
    ['2026-07-01T10:00:20.000', 'ReadyForReview', null, 'EU'],
  ].map(([timestamp, state, substate, executive]) => ({
    ...{ timestamp, state, substate, executive, by: 'xtss@JAO' },
  }));
  await server.open('status-entities').put({
    ...{ _id: 'uid___A001_X1_X2', entityId: uid, progID: '2019.1.1.S', state: 'ReadyForReview' },
    ...{ substate: null, flags: {}, timestamp: '2026-07-01T10:00:20.000', history },
  } as { _id: string });
  const report = makePipelineReport({
    ...{ progId: '2019.1.1.S', ousUid: uid, recipe: 'PipelineImaging', timestamp: TIME },
    ...{ processingTime_s: 7, topics: [{ topic: 'Dataset', score: 0.75, reason: HOSTILE }] },
  } as unknown as Parameters<typeof makePipelineReport>[0]);
  await server.open('pipeline-reports').put({
    ...{ _id: `${TIME.replaceAll(':', '_')}.uid___A001_X1_X2`, ousUID: uid, timestamp: TIME },
    ...{ encodedReport: Buffer.from(report).toString('base64'), productsDir: 'p_2026' },
    source: 'EU',
  } as { _id: string });
  const product = 'product-0-A001-X1-X2-2026-07-01T10_00_00.000.data';
  await server.open('products-metadata').put({
    ...{ _id: product, ousUID: uid, progID: '2019.1.1.S', timestamp: TIME },
  } as { _id: string });
  await server.open('ngas').put({
    ...{ _id: product, size_bytes: 4321, checksum: 'abc', writeTimestamp: TIME },
    encodedContents: 'AAAA',
  } as { _id: string });
  await server.open('delivery-status').put({
    ...{ _id: 'uid___A001_X1_X2', ousUID: uid, progID: '2019.1.1.S', timestamp: TIME },
    ...{ dataProducts: [product], complete: true, productsDir: '../../etc' },
  } as { _id: string });
  for (const [second, ousUID, done] of [
    ['05', uid, true],
    ['06', uid, false],
    ['07', 'uid://A001/X1/X3', false],
  ] as const) {
    const delivery = { state: 'done', attempts: 1, holder: { actor: 'xtss', site: 'JAO' } };
    await server.open('msgq').put({
      ...{ _id: `2026-07-01T10:00:${second}.000-${'a'.repeat(32)}`, consumed: done },
      ...{ creationTimestamp: `2026-07-01T10:00:${second}.000`, selector: 'ingest.JAO' },
      ...{ body: { ousUID }, ...(done && { delivery }) },
    } as { _id: string });
  }
}

it('tells all about one OUS, found by UID or document id', async () => {
  site = await TestSite.start({ cacheUrl: 'http://localhost:1/' }, fill);
  const path = `/api/ous/${encodeURIComponent('uid://A001/X1/X2')}`;
  const detail = await site.json<OusDetail>(path);
  expect(detail.summary).toMatchObject({ state: 'ReadyForReview', recipe: 'PipelineImaging' });
  expect(detail.history.map(({ state }) => state)).toEqual([
    'ReadyForProcessing',
    'Processing',
    'ReadyForReview',
  ]);
  expect(detail.runs).toMatchObject([
    {
      timestamp: TIME,
      source: 'EU',
      recipe: 'PipelineImaging',
      finalScore: 0.75,
      topics: [{ topic: 'Dataset', score: 0.75 }],
      products: [{ archived: true, size_bytes: 4321, checksum: 'abc' }],
      weblog: { archived: false },
      productsLink: '/cache/p_2026/SOUS/GOUS/uid___A001_X1_X2/products/',
      weblogLink: '/cache/weblogs/weblog-A001-X1-X2-2026-07-01T10%3A00%3A00.000/',
    },
  ]);
  expect(detail.delivery).toMatchObject({ complete: true });
  expect(await site.json<OusDetail>('/api/ous/uid___A001_X1_X2')).toEqual(detail);

  const { messages, isPartial } = await site.json<OusMessages>(`${path}/messages`);
  expect(messages.map(({ state, about }) => [state, about])).toEqual([
    ['done', 'uid://A001/X1/X2'],
    ['open', 'uid://A001/X1/X2'],
  ]);
  expect(isPartial).toBe(false);
  const histories = await site.json<{ ouss: object[] }>('/api/histories');
  const start = Date.UTC(2026, 6, 1, 10);
  expect(histories.ouss).toEqual([
    { id: 'uid___A001_X1_X2', steps: [start, 1, start + 10_000, 2, start + 20_000, 4] },
  ]);
});

it('tells of the newest runs where there are very many', async () => {
  const uid = 'uid://A001/X1/X2';
  const timeOf = (minute: number) => `2026-07-01T10:${String(minute).padStart(2, '0')}:00.000`;
  site = await TestSite.start({}, async (server) => {
    await fill(server);
    const reports = Array.from({ length: 30 }, (_, minute) => ({
      ...{ _id: `r${String(minute).padStart(2, '0')}`, ousUID: uid, timestamp: timeOf(minute) },
      ...{ source: 'EU', encodedReport: 'AAAA' },
    }));
    await server.open('pipeline-reports').bulk(reports);
  });
  const { runs } = await site.json<OusDetail>('/api/ous/uid___A001_X1_X2');
  expect(runs).toHaveLength(20);
  expect([runs[0]?.timestamp, runs[0]?.source]).toEqual([timeOf(29), 'EU']);
  expect(runs.at(-1)).toMatchObject({ timestamp: timeOf(10), source: 'EU' });
});

describe('addresses that somebody made up', () => {
  it('lead nowhere', async () => {
    const web = await mkdtemp(join(tmpdir(), 'draws-web-'));
    await mkdir(join(web, 'dist/assets'), { recursive: true });
    await writeFile(join(web, 'dist/index.html'), '<!doctype html><title>the page</title>');
    await writeFile(join(web, 'dist/assets/a-1.js'), '1');
    await writeFile(join(web, 'secret.txt'), 'secret');
    const cacheUrl = 'http://me:password@localhost:1';
    site = await TestSite.start({ cacheUrl, webDirectory: join(web, 'dist') }, fill);
    site.add(() => rm(web, { recursive: true }));
    for (const path of [
      '/cache/../../etc/passwd',
      '/cache/%2e%2e/%2e%2e/etc/passwd',
      '/cache/..%2f..%2fetc/passwd',
      '/cache/%5c%5cevil.example/x',
      '/cache//evil.example/x',
      '/cache/.ssh/id_rsa',
      '/cache/a%00b',
      '/cache/%ff',
      '/secret.txt',
      '/../secret.txt',
      '/%2e%2e/secret.txt',
      '/assets/../../secret.txt',
      '/assets/%2e%2e%2f%2e%2e%2fsecret.txt',
      '/assets/',
      '/api/nothing',
      '/api/ous/uid___A001_X1_X3',
      '/api/ous/..%2f..%2f_users',
      '/api/ous/_all_docs',
      '/api/ous/_design%2fby-x',
      `/api/ous/${'x'.repeat(5000)}`,
      '/api/tables/users',
      '/api/tables/__proto__',
    ]) {
      const { status, location, body } = await rawGet(path);
      expect([path, status]).toEqual([path, 404]);
      expect(location).toBe('');
      expect(body).not.toContain('secret\n');
    }
    expect((await rawGet('/api/ous/%')).status).toBe(400);
    expect((await rawGet('/cache/a/b.xml')).location).toBe('http://localhost:1/a/b.xml');
    expect((await rawGet('/cache/')).location).toBe('http://localhost:1/');
    // From another machine `localhost` would be that machine.
    const from = (Host: string) => rawGet('/cache/a/', { Host });
    expect((await from('192.168.1.7:5000')).location).toBe('http://192.168.1.7:1/a/');
    expect((await from('[fe80::1]:5000')).location).toBe('http://[fe80::1]:1/a/');
    expect((await from('localhost:5000')).location).toBe('http://localhost:1/a/');
    expect((await rawGet('/')).body).toContain('the page');
    const other = await rawGet('/board/some-thing');
    expect([other.status, other.location]).toEqual([302, '/']);
    const asset = await site.get('/assets/a-1.js');
    expect(asset.headers.get('cache-control')).toContain('immutable');
  });
});

it('can only be read, by pages of its own', async () => {
  site = await TestSite.start({ hostNames: ['jao-host'] });
  for (const method of ['POST', 'PUT', 'DELETE', 'PATCH', 'OPTIONS']) {
    expect((await rawGet('/api/snapshot', {}, method)).status).toBe(405);
  }
  expect((await rawGet('/api/snapshot', { Host: 'evil.example' })).status).toBe(403);
  expect((await rawGet('/', { Host: 'evil.example:5000' })).status).toBe(403);
  for (const host of ['localhost:5000', '127.0.0.1', '[::1]:5000', '192.168.1.7', 'jao-host']) {
    expect((await rawGet('/api/snapshot', { Host: host })).status).toBe(200);
  }
  const parts = (from: string, mode: string) =>
    rawGet('/api/histories', { 'Sec-Fetch-Site': from, 'Sec-Fetch-Mode': mode });
  for (const from of ['cross-site', 'same-site']) {
    expect((await parts(from, 'no-cors')).status).toBe(403);
    expect((await parts(from, 'navigate')).status).toBe(200);
  }
  expect((await parts('same-origin', 'cors')).status).toBe(200);
  expect((await parts('none', 'navigate')).status).toBe(200);
  const { headers } = await site.get('/');
  const policy = headers.get('content-security-policy') ?? '';
  expect(policy).toContain("default-src 'none'");
  expect(policy).toContain("script-src 'self';");
  expect(policy).not.toMatch(/unsafe|https?:|\*/);
  expect(headers.get('x-content-type-options')).toBe('nosniff');
  expect(headers.get('cross-origin-resource-policy')).toBe('same-origin');
  expect(headers.get('access-control-allow-origin')).toBeNull();
  expect(headers.get('x-powered-by')).toBeNull();
});

it('never tells a credential', async () => {
  const password = 'very-secret-word';
  site = await TestSite.start({
    admins: { someone: password },
    cacheUrl: `http://someone:${password}@localhost:1`,
  });
  const page = await site.page();
  const answers = [JSON.stringify(page.messages)];
  for (const path of ['/', '/api/snapshot', '/metrics', '/healthz', '/api/histories']) {
    answers.push(await (await site.get(path)).text());
  }
  answers.push(JSON.stringify([...(await site.get('/cache/x')).headers]));
  await site.couch.close();
  await page.until(() => page.get('feed', 'ngas')?.state === 'lost');
  answers.push(JSON.stringify(page.messages), await (await site.get('/healthz')).text());
  const all = answers.join('\n');
  expect(all).toContain(site.couch.url);
  expect(all).not.toContain(password);
  expect(all).not.toContain(Buffer.from(`someone:${password}`).toString('base64'));
});

it('takes documents of any kind for data', async () => {
  const odd = [
    { _id: HOSTILE, entityId: HOSTILE, progID: HOSTILE, state: HOSTILE, timestamp: HOSTILE },
    { _id: '..', entityId: 7, state: 'Processing' },
    { _id: 'a', entityId: 'x', state: {}, history: 'none' },
    { _id: 'b', entityId: 'y', state: '__proto__', flags: [], history: [null, 1, {}] },
    { _id: 'c', entityId: 'z'.repeat(100_000), state: 'Processing', history: [{ timestamp: 1 }] },
  ];
  site = await TestSite.start({}, async (server) => {
    for (const name of ['status-entities', 'msgq', 'actors', 'ngas', 'pipeline-reports']) {
      await server.open(name).bulk(odd);
    }
    const messages: object[] = [
      { _id: 'm1', selector: HOSTILE, consumed: false, body: [HOSTILE] },
      { _id: 'm2', selector: 's', consumed: false, body: HOSTILE, delivery: 'odd' },
      { _id: 'm3', selector: 's', consumed: true, delivery: { state: 'dead', error: HOSTILE } },
      { _id: 'm4.*', members: [HOSTILE] },
    ];
    const actor = { name: HOSTILE, site: HOSTILE, state: 'busy', workingOn: [HOSTILE, 1] };
    await server.open('msgq').bulk(messages as { _id: string }[]);
    await server.open('actors').bulk([{ _id: 'x', ...actor, counts: 3 } as { _id: string }]);
  });
  const { all } = await site.json<Snapshot>('/api/snapshot');
  const ouss = new Map(all.ous.map((ous) => [ous.id, ous]));
  expect(ouss.get(HOSTILE)).toMatchObject({ uid: HOSTILE, state: HOSTILE, since_ms: null });
  expect(ouss.get('b')?.state).toBe('__proto__');
  expect(ouss.get('c')?.uid.length).toBeLessThan(400);
  expect(all.ous).toHaveLength(3);
  expect(all.message.map(({ id, state }) => [id, state])).toEqual(
    expect.arrayContaining([
      ['m1', 'open'],
      ['m3', 'dead'],
    ]),
  );
  expect(all.actor).toMatchObject([{ name: HOSTILE, workingOn: [HOSTILE] }]);
  const detail = await site.get(`/api/ous/${encodeURIComponent(HOSTILE)}`);
  expect(detail.status).toBe(200);
  expect(detail.headers.get('content-type')).toContain('application/json');
  const metrics = await (await site.get('/metrics')).text();
  expect(metrics).toContain('draws_ouss{state="other"} 2');
  // It does not say since when: somebody should look at it, as on the page.
  expect(metrics).toContain('draws_ouss_stuck{state="Processing"} 1');
  expect(metrics).toContain('selector="<img src=x onerror=\\"alert(1)\\">');
  for (const line of metrics.split('\n').filter((one) => one && !one.startsWith('#'))) {
    expect(line).toMatch(/^\w+(\{.*\})? [-\d.e+]+$/);
  }
});

it('has every metric that the board for Grafana asks for', async () => {
  site = await TestSite.start({}, fill);
  const metrics = await (await site.get('/metrics')).text();
  const known = new Set([...metrics.matchAll(/^# TYPE (\w+)/gm)].map(([, name]) => name));
  const board = new URL('../../../deploy/monitoring/draws-board.json', import.meta.url);
  const asked = (await readFile(board, 'utf8')).match(/\bdraws_\w+/g) ?? [];
  const names = new Set(asked.map((name) => name.replace(/_bucket$/, '')));
  expect(names.size).toBeGreaterThan(5);
  expect([...names].filter((name) => !known.has(name))).toEqual([]);
});

it('says what is wrong with a parameter', async () => {
  site = await TestSite.start({}, fill);
  for (const query of [
    'limit=0',
    'limit=501',
    'limit=x',
    'offset=-1',
    'offset=1e9',
    'sort=nothing',
  ]) {
    const answer = await site.get(`/api/tables/ngas?${query}`);
    expect([query, answer.status]).toEqual([query, 400]);
    const [name = ''] = query.split('=');
    expect(await answer.json()).toMatchObject({ error: { code: 'bad_parameter' } });
    expect(name).not.toBe('');
  }
  const twice = await site.get('/api/tables/ngas?search=a&search=b');
  expect(twice.status).toBe(400);
  expect((await site.get(`/api/tables/ngas?search=${'x'.repeat(300)}`)).status).toBe(400);
  const page = await site.json<TablePage>('/api/tables/deliveries');
  // A directory that would lead out of the cache gets no link.
  const link = page.columns.findIndex(({ name }) => name === 'products');
  expect(page.rows.map((row) => row[link])).toEqual([null]);
});
