// What a large database costs: few changes for pages, and each document read once.

import { expect, it } from 'vitest';
import { BatchSink } from '../../../dashboard/server/files/batch-sink.ts';
import { HandoffFlows } from '../../../dashboard/server/files/handoff-flows.ts';
import { HandoffSink } from '../../../dashboard/server/files/handoff-sink.ts';
import { IngesterSink } from '../../../dashboard/server/files/ingester-sink.ts';
import { StorageSink } from '../../../dashboard/server/files/storage-sink.ts';
import { LiveModel } from '../../../dashboard/server/model/live-model.ts';
import { NgasSink } from '../../../dashboard/server/watch/ngas-sink.ts';
import { newBatchRecord } from '../../../mockup/core/dbb/batch-record.ts';
import { newEndpointFile } from '../../../mockup/core/dbb/endpoint-file.ts';
import { advanceRecord, newFileRecord } from '../../../mockup/core/dbb/file-record.ts';
import type { Database, Document, Stored } from '../../../mockup/platform/couch/database.ts';
import { createVirtualClock } from '../../../mockup/simulator/clock/virtual-clock.ts';

const AT_MS = Date.UTC(2026, 6, 1, 10);
const MANAGER = 'summit:/data/buffer';
const COUNT = 3000;
const SHOWN = 100;

const version = (path: string) => ({ path, size_bytes: 10, mtime_ms: AT_MS, ctime_ms: 1, ino: 7 });
const stored = (doc: object): Stored<Document> => ({ ...doc, _rev: '1-a' }) as Stored<Document>;
const named = (name: string): Database => ({ name }) as Database;

it('shows the files of a long lane that came latest, whatever their names', () => {
  const model = new LiveModel();
  const sink = new HandoffSink(named('h'), new HandoffFlows(model, createVirtualClock()));
  for (let index = 0; index < 350; index++) {
    const path = `f${String(index).padStart(4, '0')}`;
    sink.put(stored(newFileRecord(version(path), MANAGER, AT_MS - index * 1000)));
  }
  sink.settle();
  const paths = [...model.all('file').values()].map(({ path }) => path).sort();
  expect(paths).toHaveLength(SHOWN);
  expect([paths[0], paths.at(-1)]).toEqual(['f0000', 'f0099']);
  expect(model.get('flow', `handoff:${MANAGER}`)?.counts.discovered?.files).toBe(350);
});

it('counts for the last minute also what came before the database was found', async () => {
  const model = new LiveModel();
  const clock = createVirtualClock();
  const sink = new HandoffSink(named('h'), new HandoffFlows(model, clock));
  const held = (path: string, age_ms: number) => {
    const at = { at_ms: clock.now() - age_ms };
    const record = newFileRecord(version(path), MANAGER, AT_MS);
    return stored(advanceRecord(advanceRecord(record, 'transferred', at), 'held', at));
  };
  const lastMinute = () => model.get('flow', `handoff:${MANAGER}`)?.lastMinute;
  sink.reading(true);
  for (const age_ms of [-5_000, 0, 20_000, 59_000, 61_000, 3_600_000]) {
    sink.put(held(`f${age_ms}`, age_ms));
  }
  sink.reading(false);
  sink.settle();
  expect(lastMinute()).toEqual({ files: 3, bytes: 30 });
  // Reading all again, as after an outage, is no news.
  sink.reading(true);
  sink.put(held('f20000', 20_000));
  sink.reading(false);
  sink.settle();
  expect(lastMinute()).toEqual({ files: 3, bytes: 30 });
  await clock.runFor(45_000);
  expect(lastMinute()).toEqual({ files: 1, bytes: 10 });
});

it('tells pages little while very many records are read', () => {
  const model = new LiveModel();
  const clock = createVirtualClock();
  const storage = new StorageSink(model, clock, named('at-files'));
  const ingesters = ['at-one', 'at-two'].map((name) => {
    const ingester = new IngesterSink(model, clock, named(name));
    ingester.setFiles(storage);
    return ingester;
  });
  const batches = new BatchSink(model, named('at-batches'), new HandoffFlows(model, clock));
  for (let index = 0; index < COUNT; index++) {
    const identified = { version: version(`d/f${index}`), checksum: 'c'.repeat(128) };
    storage.put(stored(newEndpointFile(identified, 'Move', AT_MS - index)));
    const transfer = { start_ms: AT_MS - index, duration_ms: 5 };
    const batch = { id: String(index), manager: MANAGER, size_bytes: 1, status: 0, files: [] };
    batches.put(stored(newBatchRecord({ ...batch, transfer })));
  }
  storage.settle();
  batches.settle();
  expect(model.get('flow', 'storage:at-files')?.counts.stored?.files).toBe(COUNT);
  for (const ingester of ingesters) expect(ingester.size()).toBe(0);
  for (const name of ['at-one', 'at-two']) {
    expect(model.get('flow', `ingester:${name}`)?.counts.UNTRIED?.files).toBe(COUNT);
  }
  expect(model.all('batch').size).toBe(200);
  expect(model.all('batch').has('batch:0')).toBe(true);
  expect(model.seq).toBeLessThan(1000);
});

it('gives invented states of files no end of lanes', () => {
  const model = new LiveModel();
  const sink = new HandoffSink(named('h'), new HandoffFlows(model, createVirtualClock()));
  for (let index = 0; index < 500; index++) {
    const record = newFileRecord(version(`f${index}`), MANAGER, AT_MS);
    sink.put(stored({ ...record, state: `state ${index}` }));
  }
  sink.settle();
  const flow = model.get('flow', `handoff:${MANAGER}`);
  expect(flow?.states.length).toBeLessThan(40);
  expect(flow?.counts.other?.files).toBeGreaterThan(400);
});

it('looks each new file of the archive up once, however many ask', async () => {
  const asked: string[] = [];
  const database = {
    name: 'ngas',
    find: async ({ selector }: { selector: { _id: string } }) => {
      asked.push(selector._id);
      return [stored({ _id: selector._id, size_bytes: 7 })];
    },
  } as unknown as Database;
  const sink = new NgasSink(new LiveModel(), database);
  for (let index = 0; index < 50; index++) {
    sink.change({ id: `f${index}`, seq: '1', deleted: false, rev: '1-a' });
  }
  await Promise.all([sink.readDetails(), sink.readDetails(), sink.readDetails()]);
  expect(asked.toSorted()).toEqual([...sink.rows.keys()].toSorted());
  expect([...sink.rows.values()].every(({ size_bytes }) => size_bytes === 7)).toBe(true);
});
