// The simulated world with small actors of its own: who is killed loses what only they knew, and
// nothing of what was done.

import { describe, expect, test } from 'vitest';
import type { Actor, ActorPorts } from '../../../mockup/platform/actor/actor.ts';
import { runOnce } from '../../../mockup/platform/actor/one-shot.ts';
import type { Document } from '../../../mockup/platform/couch/database.ts';
import {
  createDocument,
  updateDocument,
} from '../../../mockup/platform/couch/documents/update-document.ts';
import type { Moment } from '../../../mockup/simulator/fault/port-gate.ts';
import { bodyOf } from '../../../mockup/simulator/store/document-store.ts';
import {
  createWorld,
  type World,
  type WorldOptions,
} from '../../../mockup/simulator/world/world.ts';

/** Writes one document for each message on `work`, and keeps a note on the disk. */
async function createWorker(ports: ActorPorts): Promise<Actor> {
  const done = ports.databases.open('ngas');
  const receiver = ports.bus.receive('work', async ({ id, body }) => {
    await ports.clock.sleep(500);
    await ports.files.write(`/notes/${id}`, 'x');
    await createDocument(done, { _id: `done-${(body as { n: number }).n}` } as Document);
  });
  await receiver.ready;
  return { stop: () => receiver.stop() };
}

async function createSender(ports: ActorPorts, count: number): Promise<Actor> {
  return runOnce(ports, async () => {
    for (let n = 0; n < count; n++) {
      await ports.bus.send(
        'work',
        { n },
        { key: `${n}`, creationTimestamp: '2026-01-05T00:00:00' },
      );
    }
    return 0;
  });
}

const base: WorldOptions = { seed: 'world test', sites: ['JAO', 'EU'], pace: 1 };

function doneAt(world: World, site: 'JAO' | 'EU'): string[] {
  const documents = world.network.host(site).server.store('ngas').documents();
  return [...documents].map(({ id }) => id).filter((id) => id.startsWith('done-'));
}

function unfinishedAt(world: World, site: 'JAO' | 'EU'): unknown[] {
  const messages = [...world.network.host(site).server.store('msgq').documents()].map(bodyOf);
  return messages.filter(({ delivery }) => (delivery as { state?: string })?.state !== 'done');
}

/** Three messages from EU to a worker at JAO; gives the port calls that the worker made. */
async function workThrough(
  options: Partial<WorldOptions> = {},
  factory: (ports: ActorPorts) => Promise<Actor> = createWorker,
): Promise<World> {
  const world = await createWorld({ ...base, ...options });
  world.startActor({ site: 'JAO', name: 'worker', factory, options: undefined });
  world.start({ site: 'EU', name: 'sender', factory: createSender, options: 3 });
  await world.runUntil(
    () => doneAt(world, 'EU').length === 3 && unfinishedAt(world, 'EU').length === 0,
    { limit_ms: 120_000 },
  );
  return world;
}

test('messages cross the link and their effects come back', async () => {
  const world = await workThrough();
  expect(doneAt(world, 'JAO')).toEqual(['done-0', 'done-1', 'done-2']);
  expect(world.network.host('JAO').tree.requireDirectory('/notes').size).toBe(3);
  await world.stop();
});

test('the same seed gives the same run', async () => {
  const seen = async (seed: string): Promise<string> => {
    const world = await workThrough({ seed });
    const messages = [...world.network.host('EU').server.store('msgq').documents()].map(bodyOf);
    return JSON.stringify([world.clock.monotonic(), messages]);
  };
  expect(await seen('a')).toBe(await seen('a'));
  expect(await seen('a')).not.toBe(await seen('b'));
});

test('a cut link delays, and loses nothing', async () => {
  const world = await createWorld(base);
  world.startActor({ site: 'JAO', name: 'worker', factory: createWorker, options: undefined });
  world.network.cut('EU');
  await world.run({ site: 'EU', name: 'sender', factory: createSender, options: 2 });
  await world.clock.runFor(60_000);
  expect(doneAt(world, 'JAO')).toEqual([]);
  world.network.heal('EU');
  await world.runUntil(() => doneAt(world, 'EU').length === 2);
  await world.runUntil(() => world.network.caughtUp);
});

describe('a worker that dies at any of its port calls', async () => {
  const calls = (await workThrough()).actors[0]?.process.gate.calls ?? [];
  test('makes port calls', () => expect(calls.length).toBeGreaterThan(10));
  for (const moment of ['before', 'after'] as Moment[]) {
    test(`${moment} its effect has everything done in the end`, async () => {
      for (const [place, name] of calls.entries()) {
        const call = place + 1;
        const crash = { process: 'worker', site: 'JAO', call, moment } as const;
        const world = await workThrough({ crash });
        await world.clock.runFor(60_000);
        expect([call, name, doneAt(world, 'JAO').length]).toEqual([call, name, 3]);
        expect(unfinishedAt(world, 'JAO')).toEqual([]);
        expect(world.actors[0]?.restarts).toBe(1);
      }
    });
  }
});

test('crashes find out a worker whose effect happens twice', async () => {
  // Each message adds to a number; a message that comes again adds again.
  const createCareless = async (ports: ActorPorts): Promise<Actor> => {
    const sums = ports.databases.open('ngas');
    const receiver = ports.bus.receive('work', async ({ body }) => {
      const n = (body as { n: number }).n;
      await updateDocument<Document>(sums, `done-${n}`, (current) => {
        return { ...current, _id: `done-${n}`, times: Number(current?.times ?? 0) + 1 };
      });
    });
    await receiver.ready;
    return { stop: () => receiver.stop() };
  };
  const timesOf = (world: World): unknown[] => {
    const { server } = world.network.host('JAO');
    return [...server.store('ngas').documents()].map((one) => bodyOf(one).times);
  };
  const calls = (await workThrough({}, createCareless)).actors[0]?.process.gate.calls ?? [];
  const seen: string[] = [];
  for (const [place, name] of calls.entries()) {
    const crash = { process: 'worker', site: 'JAO', call: place + 1, moment: 'after' } as const;
    const world = await workThrough({ crash }, createCareless);
    if (timesOf(world).includes(2)) seen.push(name);
  }
  expect(seen).toContain('ngas.write');
});

describe('child programs', () => {
  const child = async (ports: ActorPorts): Promise<Actor> =>
    runOnce(ports, async (signal) => {
      await ports.clock.sleep(10_000, signal);
      await ports.files.write('/child-was-here', 'x');
      return 2;
    });
  const programs = { pipeline: child };
  const parentOf = (signal?: AbortSignal) => (ports: ActorPorts) =>
    Promise.resolve(
      runOnce(ports, async () => {
        const options = { directory: '/runs/1', ...(signal && { signal }) };
        const exit = await ports.programs.run('pipeline', [], options);
        await ports.files.write('/exit', JSON.stringify(exit));
        return 0;
      }),
    );

  test('end with an exit code', async () => {
    const world = await createWorld({ ...base, programs });
    const end = await world.run({
      ...{ site: 'EU', name: 'parent', factory: parentOf(), options: undefined },
    });
    expect(end).toEqual({ exitCode: 0, signal: null });
    const { tree } = world.network.host('EU');
    const exit = JSON.parse(Buffer.from(tree.require('/exit') as Uint8Array).toString());
    expect(exit).toMatchObject({ exitCode: 2, signal: null });
    expect(tree.find('/runs/1')).toBeInstanceOf(Map);
  });

  test('die with their parent', async () => {
    const world = await createWorld({ ...base, programs });
    const parent = world.start({
      ...{ site: 'EU', name: 'parent', factory: parentOf(), options: undefined },
    });
    await world.clock.runFor(5000);
    parent.kill();
    await world.clock.runFor(60_000);
    expect(await parent.ended).toEqual({ exitCode: null, signal: 'SIGKILL' });
    expect(world.network.host('EU').tree.find('/child-was-here')).toBeUndefined();
  });

  test('are stopped by a signal', async () => {
    const stop = new AbortController();
    const world = await createWorld({ ...base, programs });
    const parent = world.start({
      ...{ site: 'EU', name: 'parent', factory: parentOf(stop.signal), options: undefined },
    });
    await world.clock.runFor(5000);
    stop.abort(new Error('enough'));
    await world.clock.complete(parent.ended);
    const { tree } = world.network.host('EU');
    expect(Buffer.from(tree.require('/exit') as Uint8Array).toString()).toContain('SIGTERM');
    expect(tree.find('/child-was-here')).toBeUndefined();
  });
});

test('an actor that can not start is told of', async () => {
  const world = await createWorld(base);
  const factory = async (): Promise<Actor> => {
    throw new Error('no cache directory');
  };
  world.startActor({ site: 'JAO', name: 'broken', factory, options: undefined });
  await expect(world.runUntil(() => false)).rejects.toThrow(/broken@JAO ended with exit code 1/);
});
