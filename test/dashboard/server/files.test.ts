// The ways of files: what pages see of the records that the buffer managers keep, in databases of
// any name.

import { afterEach, expect, it } from 'vitest';
import type { Health } from '../../../dashboard/protocol/json-api.ts';
import { newAsideRecord } from '../../../mockup/core/dbb/aside-record.ts';
import { newBatchRecord } from '../../../mockup/core/dbb/batch-record.ts';
import { newEndpointFile } from '../../../mockup/core/dbb/endpoint-file.ts';
import {
  advanceRecord,
  type FileRecord,
  newFileRecord,
} from '../../../mockup/core/dbb/file-record.ts';
import {
  claimedDocument,
  finishedDocument,
  type IngestDocument,
  ingestEvent,
} from '../../../mockup/core/dbb/ingest-events.ts';
import type { Writable } from '../../../mockup/platform/couch/database.ts';
import { TestSite, until } from './site.ts';

const AT_MS = Date.UTC(2026, 6, 1, 10);
const MANAGER = 'summit:/data/buffer';
const FLOW = `handoff:${MANAGER}`;

let site: TestSite;
afterEach(() => site.stop());

function version(path: string, size_bytes = 1000) {
  return { path, size_bytes, mtime_ms: AT_MS, ctime_ms: AT_MS, ino: 7 };
}

async function write(database: string, doc: Writable): Promise<void> {
  const stored = await site.server.open(database).get(doc._id);
  await site.put(database, stored ? { ...doc, _rev: stored._rev } : doc);
}

it('shows the files of a handoff manager in lanes', async () => {
  let record: FileRecord = newFileRecord(version('raw/2026/a.fits'), MANAGER, AT_MS);
  site = await TestSite.start({}, async (server) => {
    for (const name of ['any-files', 'any-batches']) await server.create(name);
    await server.open('any-files').put(record);
    const other = newFileRecord(version('b.fits', 50), MANAGER, AT_MS);
    await server.open('any-files').put(other);
    const batch = newBatchRecord({
      ...{ id: 'one', manager: MANAGER, size_bytes: 2 ** 21, status: 0, files: ['a', 'b'] },
      transfer: { start_ms: AT_MS, duration_ms: 500 },
    });
    await server.open('any-batches').put(batch);
  });
  const page = await site.page();
  await page.until(() => page.get('flow', FLOW)?.rate_mbytes_per_sec === 4);
  await page.until(() => page.get('flow', FLOW)?.counts.discovered?.files === 2);
  expect(page.get('flow', FLOW)).toMatchObject({ kind: 'handoff', name: MANAGER });
  expect(page.get('flow', FLOW)?.counts.discovered).toEqual({ files: 2, bytes: 1050 });
  const id = `any-files ${record._id}`;
  expect(page.get('file', id)).toMatchObject({ path: 'raw/2026/a.fits', state: 'discovered' });
  expect(page.get('batch', 'batch:one')).toMatchObject({ files: 2, flow: FLOW });

  record = advanceRecord(record, 'failed', { at_ms: AT_MS + 1, reason: 'no route' });
  await write('any-files', { ...record, attempts: 1 } as FileRecord);
  await page.until(() => page.get('file', id)?.state === 'failed');
  await page.until(() => page.get('flow', FLOW)?.lastError !== null);
  expect(page.get('flow', FLOW)?.lastError?.text).toBe('raw/2026/a.fits: no route');

  for (const state of ['transferring', 'transferred', 'held'] as const) {
    record = advanceRecord(record, state, { at_ms: AT_MS + 2 });
  }
  await write('any-files', record);
  await page.until(() => page.get('flow', FLOW)?.counts.held?.files === 1);
  expect(page.get('flow', FLOW)).toMatchObject({
    counts: { failed: { files: 0, bytes: 0 }, discovered: { files: 1, bytes: 50 } },
    lastMinute: { files: 1, bytes: 1000 },
  });
  expect(await site.metric(/^draws_files\{.*state="held"\}/)).toBe(1);

  const gone = await site.server.open('any-files').get(record._id);
  await site.put('any-files', { _id: record._id, _rev: gone?._rev, _deleted: true } as never);
  await page.until(() => page.get('file', id) === undefined);
  expect(page.get('flow', FLOW)?.counts.held).toEqual({ files: 0, bytes: 0 });
});

it('shows a long lane by its numbers and its latest files', async () => {
  const records = Array.from({ length: 350 }, (_, index) =>
    newFileRecord(version(`f${index}`, 1), MANAGER, AT_MS),
  );
  site = await TestSite.start({}, async (server) => {
    await server.create('handoff-files');
    await server.open('handoff-files').bulk(records);
  });
  const page = await site.page();
  await page.until(() => page.get('flow', FLOW)?.counts.discovered?.files === 350);
  await page.until(() => page.count('file') === 100);
});

it('shows what an ingester has done, and what it has not taken yet', async () => {
  const at = { now_ms: AT_MS, checksum: 'c'.repeat(128) };
  const file = (path: string) =>
    newEndpointFile({ version: version(path), checksum: at.checksum }, 'Move', at.now_ms);
  const good = file('d/good.fits');
  const bad = file('d/bad.fits');
  const taken = claimedDocument(good._id, undefined, 'me', AT_MS);
  site = await TestSite.start({}, async (server) => {
    for (const name of ['at-files', 'at-gen3', 'other-files']) await server.create(name);
    await server.open('other-files').put(file('elsewhere.fits'));
    await server.open('at-files').bulk([good, bad]);
    await server.open('at-gen3').put(taken);
  });
  const page = await site.page();
  const ingester = 'ingester:at-gen3';
  await page.until(() => page.get('flow', ingester)?.counts.UNTRIED?.files === 1);
  expect(page.get('flow', ingester)?.counts.PENDING).toEqual({ files: 1, bytes: 1000 });
  expect(page.get('flow', 'storage:at-files')?.counts.stored?.files).toBe(2);

  const done = finishedDocument(taken, ingestEvent('SUCCESS', AT_MS + 5, { duration_s: 1 }));
  await write('at-gen3', done);
  const second = claimedDocument(bad._id, undefined, 'me', AT_MS);
  const event = ingestEvent('FAILURE', AT_MS + 6, { message: 'no such dataset type' });
  await write('at-gen3', finishedDocument(second, event));
  await page.until(() => page.get('flow', ingester)?.counts.FAILURE?.files === 1);
  expect(page.get('flow', ingester)).toMatchObject({
    counts: { UNTRIED: { files: 0 }, PENDING: { files: 0 }, SUCCESS: { files: 1, bytes: 1000 } },
    lastError: { text: 'd/bad.fits: no such dataset type' },
  });
  expect(page.get('file', `at-gen3 ${bad._id}`)).toMatchObject({ attempts: 1, state: 'FAILURE' });

  await write('at-files', file('d/third.fits'));
  await page.until(() => page.get('flow', ingester)?.counts.UNTRIED?.files === 1);
  const aside = newAsideRecord(
    '/buffer',
    { version: version('x'), reason: 'name_taken', message: 'other content' },
    AT_MS,
  );
  await write('at-files', aside);
  await page.until(() => page.get('flow', 'storage:at-files')?.counts.aside?.files === 1);
  expect(page.get('flow', 'storage:at-files')?.lastError?.text).toBe('x: other content');
});

it('is well again when a database of files was deleted, though nobody looks', async () => {
  site = await TestSite.start({}, async (server) => {
    await server.create('any-files');
    await server.open('any-files').put(newFileRecord(version('a.fits'), MANAGER, AT_MS));
  });
  const page = await site.page();
  await page.until(() => page.get('feed', 'any-files')?.state === 'live');
  page.close();
  await site.server.remove('any-files');
  const health = async () => (await site.get('/healthz')).status;
  const feeds = async () => (await site.json<Health>('/healthz')).feeds.map(({ id }) => id);
  await until(async () => !(await feeds()).includes('any-files'));
  expect(await health()).toBe(200);
});

it('takes records of any shape', async () => {
  site = await TestSite.start({}, async (server) => {
    for (const name of ['odd-files', 'odd-events', 'unrelated']) await server.create(name);
    await server.open('unrelated').put({ _id: 'x', type: ['handoff-file'] } as Writable);
    const odd: object[] = [
      { _id: '1', type: 'handoff-file', manager: '<b>', state: '__proto__', size_bytes: 'x' },
      { _id: '2', type: 'handoff-file', manager: '<b>', state: null, history: 3, relpath: {} },
      { _id: '3', type: 'handoff-file', manager: 7 },
    ];
    await server.open('odd-files').bulk(odd as Writable[]);
    const event: object = { _id: '1', type: 'endpoint-events', status: '<i>', events: [null] };
    await server.open('odd-events').put(event as IngestDocument);
  });
  const page = await site.page();
  await page.until(() => page.get('flow', 'handoff:<b>') !== undefined);
  await page.until(() => page.get('file', 'odd-events 1') !== undefined);
  expect(page.get('file', 'odd-files 1')).toMatchObject({ state: '__proto__', size_bytes: null });
  expect(page.get('feed', 'unrelated')).toBeUndefined();
});
