import { describe, expect, it, vi } from 'vitest';
import { ReplicationProgress } from '../../mockup/couch-server/replicator/progress.ts';
import { ReplicationError } from '../../mockup/couch-server/replicator/replication-error.ts';
import {
  type ReplicationPlan,
  runReplication,
} from '../../mockup/couch-server/replicator/run/replication.ts';
import { FakePeer } from './fake-peer.ts';

function pair(count: number) {
  const [source, target] = [new FakePeer(), new FakePeer()];
  for (let n = 1; n <= count; n++) source.put(`d${n}`);
  return { source, target };
}

function run(peers: { source: FakePeer; target: FakePeer }, plan: Partial<ReplicationPlan> = {}) {
  const progress = new ReplicationProgress();
  const stop = new AbortController();
  const result = runReplication(
    {
      ...peers,
      checkpointId: 'c',
      checkpointInterval_ms: 3_600_000,
      continuous: false,
      createTarget: false,
      filter: { kind: 'all' },
      sinceSeq: undefined,
      ...plan,
    },
    { progress, stop: stop.signal },
  );
  return { progress, stop, result };
}

const count = (peer: FakePeer, operation: string) =>
  peer.calls.filter((call) => call === operation).length;

/** Resolves when `peer` is about to do `operation` with an argument that `matches`. */
function reached(peer: FakePeer, operation: string, matches: (argument: unknown) => boolean) {
  return new Promise<void>((resolve) => {
    peer.before = (name, argument) => {
      if (name === operation && matches(argument)) resolve();
    };
  });
}

describe('runReplication', () => {
  it('carries pages in order and records the end at both ends', async () => {
    const peers = pair(1200);
    const outcome = await run(peers).result;
    expect(peers.target.stored.size).toBe(1200);
    expect(count(peers.target, 'revsDiff')).toBe(3);
    expect(peers.source.locals.get('c')).toMatchObject({ source_last_seq: 1200 });
    expect(peers.source.locals.get('c')).toEqual(peers.target.locals.get('c'));
    expect(outcome).toMatchObject({ noChanges: false });
    expect(outcome.history[0]).toMatchObject({ docs_read: 1200, docs_written: 1200 });
  });

  it('goes on from the checkpoint, and writes none where nothing is new', async () => {
    const peers = pair(3);
    await run(peers).result;
    peers.target.calls.length = 0;
    expect(await run(peers).result).toMatchObject({ noChanges: true });
    expect(count(peers.target, 'revsDiff')).toBe(0);
    expect(count(peers.target, 'putLocal')).toBe(0);
    peers.source.put('d4');
    const { progress, result } = run(peers);
    await result;
    expect(progress.counters).toMatchObject({ docs_written: 4, missing_checked: 4 });
    expect(peers.source.locals.get('c')).toMatchObject({ source_last_seq: 4 });
  });

  it('starts at since_seq where one is given', async () => {
    const peers = pair(5);
    await run(peers, { sinceSeq: 3 }).result;
    expect([...peers.target.stored.keys()]).toEqual(['d4', 'd5']);
  });

  it('records only what the target has stored when a write fails', async () => {
    const peers = pair(1200);
    let writes = 0;
    peers.target.before = (operation) => {
      if (operation === 'revsDiff' && ++writes === 3) throw new ReplicationError('disk', 'full');
    };
    await expect(run(peers).result).rejects.toThrow('full');
    expect(peers.target.locals.get('c')).toMatchObject({ source_last_seq: 1000 });
    peers.target.before = () => {};
    await run(peers).result;
    expect(peers.target.stored.size).toBe(1200);
  });

  it('asks for less where the documents prove too large for one answer', async () => {
    const peers = pair(60);
    peers.source.before = (operation, wanted) => {
      if (operation === 'fetch' && Number(wanted) > 7) {
        throw new ReplicationError('answer_too_large', 'too much');
      }
    };
    await run(peers).result;
    expect([...peers.target.stored.keys()]).toEqual([...peers.source.stored.keys()]);
  });

  it('records nothing in a database that was made anew meanwhile', async () => {
    const peers = pair(2);
    peers.target.before = (operation) => {
      if (operation === 'write') peers.target.instance = 'second';
    };
    await expect(run(peers).result).rejects.toThrow('is not the database it was');
    expect(peers.target.locals.has('c')).toBe(false);
  });

  it('fails where one document alone is too large', async () => {
    const peers = pair(2);
    peers.source.before = (operation) => {
      if (operation === 'fetch') throw new ReplicationError('answer_too_large', 'too much');
    };
    await expect(run(peers).result).rejects.toThrow('too much');
    expect(peers.target.locals.has('c')).toBe(false);
  });
});

describe('runReplication, continuous', () => {
  it('gathers a burst into few batches', async () => {
    const peers = pair(1);
    const following = reached(peers.source, 'follow', () => true);
    const { stop, result } = run(peers, { continuous: true });
    await following;
    for (let n = 1; n <= 300; n++) {
      peers.source.put(`burst${n}`);
      if (n % 10 === 0) await Promise.resolve();
    }
    await vi.waitFor(() => expect(peers.target.stored.size).toBe(301));
    stop.abort();
    await result;
    expect(count(peers.target, 'write')).toBeLessThan(20);
    expect(peers.source.locals.get('c')).toBeDefined();
  });

  it('records its place when it is stopped, and loses nothing by the stop', async () => {
    const peers = pair(10);
    const following = reached(peers.source, 'follow', (place) => place === 10);
    const { stop, result } = run(peers, { continuous: true });
    await following;
    stop.abort();
    await result;
    expect(peers.target.stored.size).toBe(10);
    expect(peers.target.locals.get('c')).toMatchObject({ source_last_seq: 10 });
  });

  it('fails where the feed breaks', async () => {
    const peers = pair(1);
    peers.source.before = (operation) => {
      if (operation === 'follow') throw new ReplicationError('feed_ended', 'it broke');
    };
    await expect(run(peers, { continuous: true }).result).rejects.toThrow('it broke');
    expect(peers.target.locals.get('c')).toMatchObject({ source_last_seq: 1 });
  });

  it('fails where the place cannot be recorded', async () => {
    const peers = pair(1);
    peers.source.before = (operation) => {
      if (operation === 'putLocal') throw new ReplicationError('forbidden', 'read only');
    };
    const plan = { continuous: true, checkpointInterval_ms: 1 };
    await expect(run(peers, plan).result).rejects.toThrow('read only');
  });
});
