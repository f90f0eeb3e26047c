// Who asks while the database is away is told in time, and leaves no heap of requests behind.

import { expect, onTestFinished, test } from 'vitest';
import { NoAnswerError } from '../../../mockup/platform/bus/bus.ts';
import { createBus } from '../../../mockup/platform/bus/create-bus.ts';
import type { Holder } from '../../../mockup/platform/bus/message.ts';
import { silentLogger } from '../../../mockup/platform/log/logger.ts';
import { createSeededRandom } from '../../../mockup/platform/random/seeded-random.ts';
import { createVirtualClock } from '../../../mockup/simulator/clock/virtual-clock.ts';
import { createSimulatedServer } from '../../../mockup/simulator/store/simulated-server.ts';

const self: Holder = { actor: 'dra', site: 'JAO', machine: 'm', pid: 1, instance: 'i' };

async function setUp() {
  const clock = createVirtualClock();
  const server = createSimulatedServer({ clock });
  await server.create('msgq');
  let away: Promise<void> | undefined;
  const { promise, resolve } = Promise.withResolvers<void>();
  const database = server.open('msgq');
  // As the real one does: what is asked waits until the server is back.
  const messages = new Proxy(database, {
    get: (target, key) => {
      const member = Reflect.get(target, key, target);
      if (typeof member !== 'function') return member;
      if (key === 'follow') return member.bind(target);
      return async (...args: unknown[]) => {
        await away;
        return Reflect.apply(member, target, args);
      };
    },
  });
  const random = createSeededRandom('calls');
  const bus = createBus({
    ...{ messages, clock, random, self, log: silentLogger, originIP: '127.0.0.1' },
    isHolderGone: () => false,
  });
  onTestFinished(() => clock.complete(bus.close()));
  const leave = () => {
    away = promise;
  };
  return { clock, database, bus, leave, comeBack: resolve };
}

const failure = (call: Promise<unknown>): { error: unknown } => {
  const told: { error: unknown } = { error: undefined };
  call.catch((error) => {
    told.error = error;
  });
  return told;
};

test('a call keeps to its limit and its signal before the first answer can be listened for', async () => {
  const { clock, bus, database, leave, comeBack } = await setUp();
  leave();
  const controller = new AbortController();
  const limited = failure(bus.call('question', {}, { timeLimit_ms: 5_000 }));
  const signal = controller.signal;
  const aborted = failure(bus.call('question', {}, { timeLimit_ms: 60_000, signal }));
  await clock.runFor(4_000);
  expect(limited.error).toBeUndefined();
  controller.abort(new Error('enough'));
  await clock.runFor(2_000);
  expect(limited.error).toBeInstanceOf(NoAnswerError);
  expect(aborted.error).toEqual(new Error('enough'));
  comeBack();
  await clock.runFor(1_000);
  expect(await clock.complete(database.allDocs())).toEqual([]);
});

test('calls that are made again and again leave one request, which nobody is to begin', async () => {
  const { clock, bus, database, leave, comeBack } = await setUp();
  bus.serve('other', async () => 'well');
  expect(await clock.complete(bus.call('other', {}))).toBe('well');
  leave();
  for (let n = 0; n < 20; n++) {
    const told = failure(bus.call('question', { n }, { timeLimit_ms: 5_000 }));
    await clock.runFor(6_000);
    expect(told.error).toBeInstanceOf(NoAnswerError);
  }
  const answer = bus.call('other', {});
  comeBack();
  expect(await clock.complete(answer)).toBe('well');
  const docs = await clock.complete(database.allDocs<{ selector: string; expires: string }>());
  const requests = docs.filter(({ selector }) => selector === 'question');
  expect(requests).toHaveLength(1);
  expect(Date.parse(`${requests[0]?.expires}Z`)).toBeLessThan(clock.now());
});
