// The tables of the JSON API over more documents than one page or one portion.

import { afterEach, expect, it } from 'vitest';
import type { TableCell, TablePage } from '../../../dashboard/protocol/json-api.ts';
import { makePipelineReport } from '../../../mockup/core/products/pipeline-report-writer.ts';
import type { Writable } from '../../../mockup/platform/couch/database.ts';
import { TestSite } from './site.ts';

const COUNT = 2500;
const MARKS = ['-', '_', '.', '@', 'A', 'a', '0', '~', 'é', ':'];

let site: TestSite;
afterEach(() => site.stop());

/** Ids that different orders put in different places. */
const idOf = (index: number) => `p${MARKS[index % MARKS.length]}${index}${MARKS[index % 7]}x`;
const timeOf = (second: number) => new Date(Date.UTC(2026, 0, 1) + second * 1000).toISOString();

async function cells(path: string, name: string): Promise<TableCell[]> {
  const page = await site.json<TablePage>(path);
  const index = page.columns.findIndex((column) => column.name === name);
  expect(index).toBeGreaterThanOrEqual(0);
  return page.rows.map((row) => row[index] ?? null);
}

it('finds every document, whatever its id', async () => {
  site = await TestSite.start({}, async (server) => {
    const docs = Array.from({ length: COUNT }, (_, index) => ({ _id: idOf(index) }));
    await server.open('ngas').bulk(docs.map((doc, index) => ({ ...doc, size_bytes: index })));
    await server.open('products-metadata').bulk(docs);
    const ous = { entityId: 'uid://A/B/C', progID: 'p', state: 'Delivered', timestamp: timeOf(1) };
    await server.open('status-entities').bulk(docs.map((doc) => ({ ...doc, ...ous })));
  });
  for (const name of ['ngas', 'products']) {
    const seen = new Set<TableCell>();
    for (let offset = 0; offset < COUNT; offset += 500) {
      const path = `/api/tables/${name}?sort=name&limit=500&offset=${offset}`;
      for (const id of await cells(path, 'name')) seen.add(id);
    }
    expect(seen.size).toBe(COUNT);
  }
  expect(await site.metric(/^draws_ouss\{state="Delivered"/)).toBe(COUNT);
});

it('searches, sorts and cuts', async () => {
  site = await TestSite.start({}, async (server) => {
    const docs = Array.from({ length: 30 }, (_, index) => ({
      _id: `File-${String(index).padStart(2, '0')}.data`,
      ...(index !== 3 && { size_bytes: (index * 7) % 30 }),
      writeTimestamp: timeOf(index),
    }));
    await server.open('ngas').bulk(docs);
  });
  const ngas = '/api/tables/ngas';
  // The newest come first where nobody asks for anything else.
  expect((await cells(`${ngas}?limit=2`, 'name'))[0]).toBe('File-29.data');
  expect(await cells(`${ngas}?search=file-1%20DATA&sort=name&limit=3`, 'name')).toEqual([
    'File-10.data',
    'File-11.data',
    'File-12.data',
  ]);
  const up = await cells(`${ngas}?sort=size`, 'size');
  expect(up.slice(0, 3)).toEqual([0, 1, 2]);
  expect(up.at(-1)).toBeNull();
  const down = await cells(`${ngas}?sort=size&order=desc`, 'size');
  expect(down[0]).toBe(29);
  expect(down.at(-1)).toBeNull();
  const page = await site.json<TablePage>(`${ngas}?search=file-1&offset=8&limit=5`);
  expect(page).toMatchObject({ found: 10, total: 30, offset: 8 });
  expect(page.rows).toHaveLength(2);
  expect(await site.json<TablePage>(`${ngas}?search=nothing`)).toMatchObject({
    found: 0,
    rows: [],
  });
});

it('looks sizes of new files up when somebody wants them, and never their contents', async () => {
  site = await TestSite.start();
  const page = await site.page();
  await site.put('ngas', {
    ...{ _id: 'new.data', size_bytes: 77, writeTimestamp: timeOf(5) },
    encodedContents: 'A'.repeat(100_000),
  } as Writable);
  await page.until(() => page.get('table', 'ngas')?.rows === 1);
  expect(JSON.stringify(page.messages)).not.toContain('AAAA');
  expect(await cells('/api/tables/ngas', 'size')).toEqual([77]);
  const stored = await site.server.open('ngas').get('new.data');
  const revision = page.get('table', 'ngas')?.revision ?? 0;
  await site.put('ngas', { ...stored, size_bytes: 78 } as Writable);
  await page.until(() => (page.get('table', 'ngas')?.revision ?? 0) > revision);
  expect(await cells('/api/tables/ngas', 'size')).toEqual([78]);
  await site.put('ngas', {
    _id: 'new.data',
    _rev: (await site.server.open('ngas').get('new.data'))?._rev,
    _deleted: true,
  } as Writable);
  await page.until(() => page.get('table', 'ngas')?.rows === 0);
});

it('shows the scores of reports, also of those that were there before', async () => {
  const report = (index: number) => {
    const topics = [{ topic: 'Dataset' as const, score: index / 200, reason: '' }];
    const uid = `uid://A/B/C${index}`;
    const xml = makePipelineReport({
      ...{ progId: 'p', ousUid: uid, recipe: 'PipelineImaging', timestamp: timeOf(index) },
      ...{ processingTime_s: 1, topics },
    });
    return {
      ...{ _id: `r${index}`, ousUID: uid, timestamp: timeOf(index).slice(0, -1), source: 'EU' },
      ...{ encodedReport: Buffer.from(xml).toString('base64'), productsDir: `d${index}` },
    };
  };
  site = await TestSite.start({}, async (server) => {
    await server.open('pipeline-reports').bulk(Array.from({ length: 120 }, (_, i) => report(i)));
  });
  const page = await site.page();
  expect(await cells('/api/tables/reports?limit=2', 'score')).toEqual([0.595, 0.59]);
  expect(await cells('/api/tables/reports?sort=score&limit=2', 'score')).toEqual([0, 0.005]);
  await site.put('pipeline-reports', report(150));
  await page.until(() => page.get('table', 'reports')?.rows === 121);
  expect(await cells('/api/tables/reports?sort=score&order=desc&limit=1', 'score')).toEqual([
    0.75,
  ]);
  expect(await cells('/api/tables/reports?limit=1', 'weblog')).toEqual([
    `/cache/weblogs/weblog-A-B-C150-${encodeURIComponent(timeOf(150).slice(0, -1))}/`,
  ]);
});
