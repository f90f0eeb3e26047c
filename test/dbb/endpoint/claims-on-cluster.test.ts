// Claims of ingesters on a cluster of three copies, where rival writes are both answered; and documents
// that the database does not take.

import { expect, it, vi } from 'vitest';
import type { IngestDocument } from '../../../mockup/core/dbb/ingest-events.ts';
import { ingestEvent } from '../../../mockup/core/dbb/ingest-events.ts';
import { RefusedFiles } from '../../../mockup/dbb/endpoint/ingester/claiming/refused-files.ts';
import {
  type ClaimedFile,
  EventStore,
} from '../../../mockup/dbb/endpoint/ingester/event-store.ts';
import type { Database, WriteResult } from '../../../mockup/platform/couch/database.ts';
import { silentLogger } from '../../../mockup/platform/log/logger.ts';
import { createSeededRandom } from '../../../mockup/platform/random/seeded-random.ts';
import { createVirtualClock } from '../../../mockup/simulator/clock/virtual-clock.ts';
import { createSimulatedCluster } from '../../../mockup/simulator/store/simulated-cluster.ts';
import { createSimulatedServer } from '../../../mockup/simulator/store/simulated-server.ts';

const FILES = 300;
const candidatesOf = (ids: readonly string[]) =>
  ids.map((id) => ({ id, file: { _id: id, relpath: '', filename: id } as never }));

it('of three ingesters on a cluster each file is claimed by one', async () => {
  const clock = createVirtualClock();
  const cluster = createSimulatedCluster({ clock, random: createSeededRandom('claims') });
  await cluster.create('events');
  const events = cluster.open('events');
  const stores = ['a', 'b', 'c'].map((instance) => {
    const own = cluster.open('events');
    return new EventStore({ events: own, files: own, clock, instance });
  });
  const ids = Array.from({ length: FILES }, (_, n) => `file:${n}`);
  const claims = stores.map(() => ({ claimed: [] as ClaimedFile[] }));
  for (let from = 0; from < FILES; from += 10) {
    const some = candidatesOf(ids.slice(from, from + 10));
    const made = await clock.complete(Promise.all(stores.map((store) => store.claim(some))));
    for (const [n, { claimed }] of made.entries()) claims[n]?.claimed.push(...claimed);
  }
  expect(cluster.counts.accepted).toBeGreaterThan(0);
  const owners = new Map<string, number>();
  for (const [n, { claimed }] of claims.entries()) {
    for (const { id } of claimed) {
      expect(owners.has(id), `${id} is claimed twice`).toBe(false);
      owners.set(id, n);
    }
  }
  await clock.complete(clock.sleep(60_000));
  const stored = await clock.complete(events.allDocs<IngestDocument>());
  for (const { _id, claim } of stored) {
    const owner = owners.get(_id);
    expect(claim?.instance).toBe(owner === undefined ? undefined : 'abc'[owner]);
  }
  // Each result is written, and what a dead one had is taken over by one.
  const [first] = claims;
  const recorded = (first?.claimed ?? []).map((claimed) => ({
    claimed,
    event: ingestEvent('SUCCESS', clock.now()),
  }));
  expect(await clock.complete(stores[0]?.record(recorded) ?? Promise.resolve([]))).toEqual([]);
  const released = await clock.complete(
    Promise.all([stores[0], stores[2]].map((store) => store?.release('b', undefined))),
  );
  const taken = released.flatMap((documents) => documents ?? []).map(({ _id }) => _id);
  expect(new Set(taken).size).toBe(taken.length);
  await clock.complete(clock.sleep(60_000));
  const leaves = await clock.complete(events.leaves(ids));
  expect(leaves.every((all) => all.filter(({ deleted }) => !deleted).length <= 1)).toBe(true);
});

/** A database that refuses some documents, for ever or for so many writes. */
async function refusing(bad: ReadonlySet<string>, times: number) {
  const clock = createVirtualClock();
  const server = createSimulatedServer({ clock });
  await server.create('events');
  const real = server.open('events');
  let left = times;
  const bulk = async (docs: readonly IngestDocument[]): Promise<WriteResult[]> => {
    const fails = left-- > 0;
    const isGood = ({ _id }: { _id: string }) => !fails || !bad.has(_id);
    const results = await real.bulk(docs.filter(isGood));
    return docs.map((doc): WriteResult => {
      const error = { ok: false as const, error: 'internal_server_error', reason: 'disk' };
      return isGood(doc) ? (results.shift() as WriteResult) : { id: doc._id, ...error };
    });
  };
  const exclusive = { ...real.exclusive, writeMany: bulk };
  const events = { ...real, bulk, exclusive } as unknown as Database;
  const store = new EventStore({ events, files: events, clock, instance: 'me' });
  return { clock, real, store };
}

it('a file whose claim the database could not write is not taken for another’s', async () => {
  const { clock, store } = await refusing(new Set(['b']), 1);
  const { claimed, failed } = await clock.complete(store.claim(candidatesOf(['a', 'b', 'c'])));
  expect([claimed.map(({ id }) => id), failed]).toEqual([['a', 'b', 'c'], []]);
});

it('what stays refused is said, and named', async () => {
  const { clock, store, real } = await refusing(new Set(['b']), Number.POSITIVE_INFINITY);
  const entered = await clock.complete(store.enter(candidatesOf(['a', 'b']), 'IGNORED'));
  expect(entered.map(({ id }) => id)).toEqual(['b']);
  const { claimed, failed } = await clock.complete(store.claim(candidatesOf(['b', 'c'])));
  expect([claimed.map(({ id }) => id), failed.map(({ id }) => id)]).toEqual([['c'], ['b']]);
  const [one] = claimed;
  if (!one) throw new Error('c is claimed');
  const lost = { ...one, id: 'b', document: { ...one.document, _id: 'b' } };
  await expect(clock.complete(store.giveBack([lost]))).rejects.toThrow('b: internal_server_error');
  await real.put({
    ...one.document,
    _id: 'b',
    _rev: undefined,
    claim: { instance: 'dead' },
  } as never);
  const holder = { _id: 'holder:dead', _rev: await real.put({ _id: 'holder:dead' }) };
  await expect(clock.complete(store.release('dead', holder as never))).rejects.toThrow(
    'could not be taken over',
  );
  expect(await real.get('holder:dead')).toBeDefined();
});

it('a daemon tries refused files again, and settles the others', async () => {
  const clock = createVirtualClock();
  const stop = new AbortController();
  const refused = new RefusedFiles({
    clock,
    log: silentLogger,
    daemon: true,
    signal: stop.signal,
  });
  const onSettled = vi.fn();
  const again = vi.fn();
  const candidates = candidatesOf(['a', 'b']).map((one) => ({ ...one, onSettled }));
  refused.sort(candidates, [{ id: 'b' }], again);
  expect(onSettled).toHaveBeenCalledTimes(1);
  await clock.complete(clock.sleep(15_000));
  expect(again).toHaveBeenCalledExactlyOnceWith([candidates[1]]);
  refused.sort(candidates, [{ id: 'b' }], again);
  stop.abort();
  await clock.complete(clock.sleep(15_000));
  expect(again).toHaveBeenCalledTimes(1);
});
