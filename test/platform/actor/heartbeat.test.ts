import { describe, expect, it } from 'vitest';
import type { ActorDocument } from '../../../mockup/platform/actor/actor-document.ts';
import { startHeartbeat } from '../../../mockup/platform/actor/heartbeat.ts';
import type { Holder } from '../../../mockup/platform/bus/message.ts';
import { silentLogger } from '../../../mockup/platform/log/logger.ts';
import { createVirtualClock } from '../../../mockup/simulator/clock/virtual-clock.ts';
import { createSimulatedServer } from '../../../mockup/simulator/store/simulated-server.ts';

async function setUp() {
  const clock = createVirtualClock();
  const server = createSimulatedServer({ clock });
  await server.create('actors');
  const actors = server.open('actors');
  const gone = new Set<number>();
  const start = (pid: number) => {
    const self: Holder = { actor: 'xtss', site: 'JAO', machine: 'm', pid, instance: `i${pid}` };
    const isHolderGone = (holder: Holder) => gone.has(holder.pid);
    const options = { actors, clock, log: silentLogger, self, host: 'jao-host', isHolderGone };
    return clock.complete(startHeartbeat(options));
  };
  const documents = () => clock.complete(actors.allDocs<ActorDocument>());
  return { clock, actors, gone, start, documents };
}

describe('heartbeat', () => {
  it('says who it is, and follows what it does', async () => {
    const { clock, start, documents } = await setUp();
    const beat = await start(7);
    expect((await documents())[0]).toMatchObject({
      _id: 'JAO.xtss',
      name: 'xtss',
      site: 'JAO',
      host: 'jao-host',
      pid: 7,
      state: 'idle',
      workingOn: [],
    });
    const end = beat.activity.begin('uid://X1/X1/Xb0');
    beat.activity.count('changes');
    await clock.runFor(3_000);
    expect((await documents())[0]).toMatchObject({
      state: 'busy',
      workingOn: ['uid://X1/X1/Xb0'],
      counts: { changes: 1 },
    });
    end();
    await clock.complete(beat.stop());
    expect((await documents())[0]).toMatchObject({ state: 'stopped', workingOn: [] });
  });

  it('takes over a document under its id that is no heartbeat', async () => {
    const { clock, actors, start, documents } = await setUp();
    await clock.complete(actors.put({ _id: 'JAO.xtss', holder: 5 } as { _id: string }));
    const beat = await start(7);
    expect(await documents()).toMatchObject([{ _id: 'JAO.xtss', pid: 7, state: 'idle' }]);
    await clock.complete(beat.stop());
  });

  it('writes rarely while nothing happens', async () => {
    const { clock, start, documents } = await setUp();
    await start(7);
    await clock.runFor(60_000);
    const [document] = await documents();
    expect(Number(document?._rev.split('-')[0])).toBe(5);
  });

  it('knows its own document again, of which it never got to know the revision', async () => {
    const { clock, actors, start, documents } = await setUp();
    const beat = await start(7);
    const [before] = await documents();
    // As a write does whose answer an outage took.
    await clock.complete(actors.put({ ...before, _id: 'JAO.xtss' } as never));
    await clock.runFor(60_000);
    expect(await documents()).toMatchObject([{ _id: 'JAO.xtss', pid: 7, state: 'idle' }]);
    await clock.complete(beat.stop());
    expect(await documents()).toMatchObject([{ _id: 'JAO.xtss', state: 'stopped' }]);
  });

  it('takes over the document of a process that is gone, not of one that lives', async () => {
    const { gone, start, documents } = await setUp();
    await start(7);
    await start(8);
    expect((await documents()).map((document) => document._id)).toEqual([
      'JAO.xtss',
      'JAO.xtss.2',
    ]);
    gone.add(7);
    await start(9);
    const pids = (await documents()).map((document) => document.pid);
    expect(pids).toEqual([9, 8]);
  });

  it('comes back after its document was cleared away', async () => {
    const { clock, actors, start, documents } = await setUp();
    await start(7);
    const [document] = await documents();
    const { _id, _rev } = document as ActorDocument & { _rev: string };
    await clock.complete(actors.bulk([{ _id, _rev, _deleted: true }]));
    await clock.runFor(20_000);
    expect(await documents()).toHaveLength(1);
  });

  it('waits with one write while the database is away, and says then what is so by then', async () => {
    const { clock, actors, documents } = await setUp();
    let writes = 0;
    let away = Promise.resolve();
    const patient = new Proxy(actors, {
      get: (target, key) =>
        key !== 'put'
          ? Reflect.get(target, key, target)
          : async (doc: { _id: string }) => {
              writes++;
              await away;
              return target.put(doc);
            },
    });
    const self: Holder = { actor: 'xtss', site: 'JAO', machine: 'm', pid: 7, instance: 'i7' };
    const options = { clock, log: silentLogger, self, host: 'h', isHolderGone: () => false };
    const beat = await clock.complete(startHeartbeat({ ...options, actors: patient }));
    const { promise, resolve } = Promise.withResolvers<void>();
    away = promise;
    writes = 0;
    await clock.runFor(600_000);
    expect(writes).toBe(1);
    beat.activity.begin('a job');
    await clock.runFor(60_000);
    resolve();
    await clock.runFor(10);
    expect(writes).toBe(2);
    expect(await documents()).toMatchObject([{ state: 'busy', workingOn: ['a job'] }]);
    await clock.complete(beat.stop());
  });
});
