// A document that can't be carried now is left for later: the others arrive, it is counted and
// named, and no checkpoint is written past it.

import { expect, it } from 'vitest';
import { ReplicationProgress } from '../../mockup/couch-server/replicator/progress.ts';
import { runReplication } from '../../mockup/couch-server/replicator/replication.ts';
import { ReplicationError } from '../../mockup/couch-server/replicator/replication-error.ts';
import { FakePeer } from './fake-peer.ts';

function replication(continuous: boolean) {
  const [source, target] = [new FakePeer(), new FakePeer()];
  const progress = new ReplicationProgress();
  const plan = {
    ...{ source, target, checkpointId: 'place', checkpointInterval_ms: 10, continuous },
    ...{ createTarget: false, filter: { kind: 'all' } as const, sinceSeq: undefined },
  };
  const stop = new AbortController();
  const run = () => runReplication(plan, { progress, stop: stop.signal });
  return { source, target, progress, run, stop };
}

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

it('ends a continuous run, whose next one begins before the document', async () => {
  const { source, target, run } = replication(true);
  source.put('a');
  source.put('bad');
  target.bad.add('bad');
  await expect(run()).rejects.toMatchObject({ error: 'bad_answer' });
  expect(target.locals.get('place')).toBeUndefined();
  expect(target.stored.has('a')).toBe(true);
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
