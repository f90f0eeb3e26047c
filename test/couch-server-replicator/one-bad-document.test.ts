// A document that can't be carried now is left for later: the others arrive, it is counted and
// named, and no checkpoint is written past it.

import { expect, it, vi } from 'vitest';
import { ReplicationProgress } from '../../mockup/couch-server/replicator/progress.ts';
import { ReplicationError } from '../../mockup/couch-server/replicator/replication-error.ts';
import { LeftDocuments } from '../../mockup/couch-server/replicator/run/left-documents.ts';
import { runReplication } from '../../mockup/couch-server/replicator/run/replication.ts';
import { FakePeer } from './fake-peer.ts';

function replication(continuous: boolean) {
  const [source, target] = [new FakePeer(), new FakePeer()];
  const progress = new ReplicationProgress();
  const plan = {
    ...{ source, target, checkpointId: 'place', checkpointInterval_ms: 10, continuous },
    ...{ createTarget: false, filter: { kind: 'all' } as const, sinceSeq: undefined },
  };
  const stop = new AbortController();
  const left: (ReplicationError | undefined)[] = [];
  const onLeft = (failure: ReplicationError | undefined) => void left.push(failure);
  const run = () => runReplication(plan, { progress, stop: stop.signal, onLeft });
  return { source, target, progress, run, stop, left };
}

const until = (holds: () => boolean) =>
  vi.waitFor(() => expect(holds()).toBe(true), { timeout: 60_000, interval: 10 });

it.each(['fetch', 'write'])('holds up nobody else: %s', async (operation) => {
  const { source, target, progress, run } = replication(false);
  for (const id of ['a', 'bad', 'b', 'c']) source.put(id);
  const peer = operation === 'fetch' ? source : target;
  peer.bad.add('bad');
  await expect(run()).rejects.toMatchObject({
    error: 'bad_answer',
    reason: expect.stringContaining('document bad: '),
  });
  expect([...target.stored.keys()].sort()).toEqual(['a', 'b', 'c']);
  expect(progress.counters).toMatchObject({ docs_written: 3, doc_write_failures: 1 });
  expect(target.locals.get('place')).toBeUndefined();
  peer.bad.clear();
  await run();
  expect([...target.stored.keys()].sort()).toEqual(['a', 'b', 'bad', 'c']);
  expect(target.locals.get('place')).toMatchObject({ source_last_seq: 4 });
});

it.each(['fetch', 'write'])(
  'is tried again alone while a continuous run goes on: %s',
  async (operation) => {
    const { source, target, progress, run, stop, left } = replication(true);
    const peer = operation === 'fetch' ? source : target;
    peer.bad.add('bad');
    for (const id of ['a', 'bad', 'b']) source.put(id);
    const running = run();
    await until(() => target.stored.has('b'));
    source.put('later');
    await until(() => target.stored.has('later'));
    expect(left.at(-1)).toMatchObject({ document: 'bad' });
    expect(target.locals.get('place')).toBeUndefined();
    const asked = () =>
      source.calls.filter((call) => call === 'changes' || call === 'follow').length;
    const before = asked();
    await until(() => progress.counters.doc_write_failures > 1);
    expect(asked()).toBe(before);
    peer.bad.clear();
    await until(() => target.stored.has('bad'));
    await until(() => target.locals.get('place')?.source_last_seq === 4);
    expect(left.at(-1)).toBeUndefined();
    stop.abort();
    await running;
  },
);

it('is given up where a newer revision of it arrives', async () => {
  const { source, target, run, stop, left } = replication(true);
  target.bad.add('bad');
  source.put('bad', '1-a');
  const running = run();
  await until(() => left.length > 0);
  target.bad.clear();
  source.put('bad', '2-b');
  await until(() => target.locals.get('place')?.source_last_seq === 2);
  expect(target.stored.get('bad')).toBe('2-b');
  stop.abort();
  await running;
});

it('is tried again later each time, up to five minutes', () => {
  const [left, row] = [new LeftDocuments(), { seq: 1, id: 'bad', revs: ['1-a'] }];
  const failure = new ReplicationError('bad_answer', 'because', { document: 'bad' });
  const waits: number[] = [];
  for (let n = 0; n < 12; n++) {
    left.leave(row, failure, 0);
    waits.push(left.nextDue_ms as number);
  }
  for (const [n, wait_ms] of waits.entries()) {
    const full_ms = Math.min(300_000, 1000 * 2 ** n);
    expect(wait_ms).toBeGreaterThanOrEqual(full_ms * 0.75);
    expect(wait_ms).toBeLessThanOrEqual(full_ms);
  }
});

it('is not what a peer that is away makes of every document', async () => {
  const { source, target, progress, run } = replication(false);
  for (const id of ['a', 'b', 'c']) source.put(id);
  target.before = (name) => {
    if (name === 'write') throw new ReplicationError('unreachable', 'connection refused');
  };
  await expect(run()).rejects.toMatchObject({ error: 'unreachable' });
  expect(target.calls.filter((call) => call.startsWith('write'))).toHaveLength(1);
  expect(progress.counters.doc_write_failures).toBe(0);
});
