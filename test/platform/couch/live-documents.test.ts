// A live selection is always what a query would give, and work on it is done once per change.

import fc from 'fast-check';
import { describe, expect, onTestFinished, test } from 'vitest';
import type { Database, Document } from '../../../mockup/platform/couch/database.ts';
import { workOnDocuments } from '../../../mockup/platform/couch/documents/document-work.ts';
import { followDocuments } from '../../../mockup/platform/couch/documents/live-documents.ts';
import { silentLogger } from '../../../mockup/platform/log/logger.ts';
import { createVirtualClock } from '../../../mockup/simulator/clock/virtual-clock.ts';
import { createSimulatedServer } from '../../../mockup/simulator/store/simulated-server.ts';

interface Ticket extends Document {
  state: string;
  n: number;
}

async function start() {
  const clock = createVirtualClock();
  const server = createSimulatedServer({ clock });
  await server.create('tickets');
  const database = server.open('tickets');
  return { clock, database, ports: { clock, log: silentLogger } };
}

async function set(database: Database, id: string, state: string | undefined, n = 0) {
  const current = await database.get<Ticket>(id);
  const revision = current && { _rev: current._rev };
  if (state !== undefined) await database.put({ _id: id, ...revision, state, n } as Ticket);
  else if (current) await database.put({ _id: id, _rev: current._rev, _deleted: true });
}

async function follow(database: Database) {
  const documents = await followDocuments<Ticket, number>(database, {
    queries: [{ selector: { state: 'open' } }],
    select: ({ state, n }) => (state === 'open' ? n : undefined),
  });
  onTestFinished(() => documents.stop());
  return documents;
}

describe('a live selection', () => {
  test('holds what matched before, and what comes, changes and leaves', async () => {
    const { clock, database } = await start();
    await set(database, 'a', 'open', 1);
    await set(database, 'b', 'closed', 2);
    const documents = await follow(database);
    expect(documents.ids()).toEqual(['a']);
    const told: string[][] = [];
    const unsubscribe = documents.onChange((ids) => told.push([...ids]));
    await set(database, 'c', 'open', 3);
    await set(database, 'b', 'closed', 4);
    await clock.settle();
    expect(documents.values()).toEqual([1, 3]);
    await set(database, 'a', 'open', 5);
    await set(database, 'c', 'closed');
    await clock.settle();
    expect([documents.get('a'), documents.get('c')]).toEqual([5, undefined]);
    await set(database, 'a', undefined);
    await clock.settle();
    expect(documents.values()).toEqual([]);
    expect(told.flat()).toEqual(['c', 'a', 'c', 'a']);
    unsubscribe();
    await set(database, 'a', 'open');
    await clock.settle();
    expect(told.flat()).toHaveLength(4);
  });

  test('equals a query after any changes', async () => {
    const change = fc.record({
      id: fc.constantFrom('a', 'b', 'c', 'd'),
      state: fc.constantFrom('open', 'closed', undefined),
      n: fc.nat(),
    });
    await fc.assert(
      fc.asyncProperty(fc.array(change), fc.array(change), async (before, after) => {
        const { clock, database } = await start();
        for (const { id, state, n } of before) await set(database, id, state, n);
        const documents = await followDocuments<Ticket, number>(database, {
          queries: [{ selector: { state: 'open' } }],
          select: ({ state, n }) => (state === 'open' ? n : undefined),
        });
        for (const { id, state, n } of after) await set(database, id, state, n);
        await clock.settle();
        const found = await database.find<Ticket>({ selector: { state: 'open' } });
        expect(new Map(documents.ids().map((id) => [id, documents.get(id)]))).toEqual(
          new Map(found.map(({ _id, n }) => [_id, n])),
        );
        await documents.stop();
      }),
      { numRuns: 50 },
    );
  });

  test('tells nobody after its end', async () => {
    const { clock, database } = await start();
    const documents = await follow(database);
    const told: unknown[] = [];
    documents.onChange((ids) => told.push(ids));
    await documents.stop();
    await set(database, 'a', 'open');
    await clock.settle();
    expect(told).toEqual([]);
  });
});

describe('work on documents', () => {
  test('handles each that waits, and again after a change', async () => {
    const { clock, database, ports } = await start();
    await set(database, 'a', 'open', 1);
    const documents = await follow(database);
    const handled: number[] = [];
    const work = workOnDocuments(ports, {
      documents,
      handle: async (n) => void handled.push(n),
    });
    await set(database, 'b', 'open', 2);
    await clock.settle();
    await set(database, 'a', 'open', 3);
    await set(database, 'b', 'closed', 4);
    await clock.settle();
    expect(handled).toEqual([1, 2, 3]);
    work.wake('a');
    work.wake('b');
    await clock.settle();
    expect(handled).toEqual([1, 2, 3, 3]);
    await work.stop();
    work.wake('a');
    await clock.settle();
    expect(handled).toHaveLength(4);
  });

  test('handles one document once at a time, and as many as allowed', async () => {
    const { clock, database, ports } = await start();
    for (const id of ['a', 'b', 'c', 'd', 'e']) await set(database, id, 'open');
    const documents = await follow(database);
    let running = 0;
    let most = 0;
    let total = 0;
    const work = workOnDocuments(ports, {
      documents,
      concurrency: 3,
      handle: async (_, signal) => {
        most = Math.max(most, ++running);
        await clock.sleep(1000, signal);
        running--;
        total++;
      },
    });
    await clock.settle();
    for (const n of [1, 2, 3]) await set(database, 'a', 'open', n);
    await clock.runFor(60_000);
    expect([running, most, total]).toEqual([0, 3, 6]);
    await work.stop();
  });

  test('tries again what failed, later and later, with the document as it is then', async () => {
    const { clock, database, ports } = await start();
    await set(database, 'a', 'open', 0);
    const documents = await follow(database);
    const times: number[] = [];
    const work = workOnDocuments(ports, {
      documents,
      handle: async (n) => {
        times.push(clock.monotonic() / 1000);
        if (n === 0) throw new Error('not yet');
      },
    });
    await clock.runFor(110_000);
    expect(times).toEqual([0, 1, 3, 8, 18, 48, 108]);
    await set(database, 'a', 'open', 1);
    await clock.runFor(1000);
    expect(times).toHaveLength(8);
    await set(database, 'a', 'open', 0);
    await clock.runFor(1500);
    expect(times).toHaveLength(10);
    await set(database, 'a', 'closed');
    await clock.runFor(300_000);
    expect(times).toHaveLength(10);
    await work.stop();
  });

  test('ends at once, with what it has in flight', async () => {
    const { clock, database, ports } = await start();
    for (const id of ['a', 'b']) await set(database, id, 'open');
    const documents = await follow(database);
    const ends: string[] = [];
    const work = workOnDocuments(ports, {
      documents,
      handle: async (_, signal) => {
        await clock.sleep(60_000, signal).finally(() => ends.push('end'));
      },
    });
    await clock.settle();
    await work.stop();
    expect(ends).toEqual(['end']);
    await clock.runFor(300_000);
    expect(ends).toEqual(['end']);
  });
});
