// A process that is stopped (SIGSTOP) beyond its lease, and comes back: another has taken over
// meanwhile, and nothing that it would still send takes effect.

import { expect, test } from 'vitest';
import type { Actor, ActorPorts } from '../../../mockup/platform/actor/actor.ts';
import { LeaseLostError } from '../../../mockup/platform/claims/claim.ts';
import { bodyOf } from '../../../mockup/simulator/store/document-store.ts';
import { createWorld, type World } from '../../../mockup/simulator/world/world.ts';

const options = { seed: 'frozen', sites: ['JAO'], pace: 1 } as const;

function messagesTo(world: World, selector: string): Record<string, unknown>[] {
  const documents = world.network.host('JAO').server.store('msgq').documents();
  return [...documents].map(bodyOf).filter((body) => body.selector === selector);
}

async function frozenWorld(refused: unknown[]) {
  const createWorker = async (ports: ActorPorts): Promise<Actor> => {
    const receiver = ports.bus.receive('work', async ({ attempt }, { claim }) => {
      await ports.clock.sleep(2_000);
      try {
        await ports.bus.send('effect', { attempt, number: claim.number }, { claim });
      } catch (error) {
        refused.push(error);
        throw error;
      }
    });
    await receiver.ready;
    return { stop: () => receiver.stop() };
  };
  const world = await createWorld({ ...options, sites: ['JAO'] });
  const start = (name: string) =>
    world.startActor({ site: 'JAO', name, factory: createWorker, options: undefined });
  const sender = async (ports: ActorPorts): Promise<Actor> => {
    await ports.bus.send('work', {});
    return { stop: async () => {} };
  };
  const first = start('first');
  world.startActor({ site: 'JAO', name: 'sender', factory: sender, options: undefined });
  await world.runUntil(() => messagesTo(world, 'work')[0]?.consumed === true);
  return { world, first, start };
}

test('frozen beyond its lease, then back: it sends nothing, another has done it', async () => {
  const refused: unknown[] = [];
  const { world, first, start } = await frozenWorld(refused);
  first.process.gate.freeze();
  start('second');
  await world.runUntil(() => messagesTo(world, 'effect').length === 1);
  await world.clock.runFor(30_000);
  first.process.gate.thaw();
  await world.runUntil(() => refused.length === 1);
  await world.clock.runFor(60_000);
  expect(refused[0]).toBeInstanceOf(LeaseLostError);
  expect(messagesTo(world, 'effect').map(({ body }) => body)).toEqual([
    { attempt: 2, number: expect.any(Number) },
  ]);
  expect(messagesTo(world, 'work')[0]).toMatchObject({ delivery: { state: 'done', attempts: 2 } });
  await world.stop();
});

test('frozen and back while nobody took over: it goes on under a renewed lease', async () => {
  const refused: unknown[] = [];
  const { world, first } = await frozenWorld(refused);
  first.process.gate.freeze();
  await world.clock.runFor(60_000);
  first.process.gate.thaw();
  await world.runUntil(() => messagesTo(world, 'effect').length === 1);
  await world.clock.runFor(60_000);
  expect(refused).toEqual([]);
  expect(messagesTo(world, 'work')[0]).toMatchObject({ delivery: { state: 'done', attempts: 1 } });
  await world.stop();
});
