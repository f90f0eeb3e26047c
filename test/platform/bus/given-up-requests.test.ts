import { expect, it } from 'vitest';
import { createBus } from '../../../mockup/platform/bus/create-bus.ts';
import type { Message } from '../../../mockup/platform/bus/message.ts';
import { silentLogger } from '../../../mockup/platform/log/logger.ts';
import { createSeededRandom } from '../../../mockup/platform/random/seeded-random.ts';
import { createVirtualClock } from '../../../mockup/simulator/clock/virtual-clock.ts';
import { createSimulatedServer } from '../../../mockup/simulator/store/simulated-server.ts';

it('leaves a request that was given up to its receiver, which ends it unhandled', async () => {
  const clock = createVirtualClock();
  const server = createSimulatedServer({ clock });
  await server.create('msgq');
  const messages = server.open('msgq');
  const random = createSeededRandom('given up');
  const bus = (actor: string, site: string) =>
    createBus({
      ...{ messages, clock, random, log: silentLogger, lease_ms: 300, originIP: '127.0.0.1' },
      self: { actor, site, machine: 'm', pid: 1, instance: actor },
      isHolderGone: () => false,
    });
  const stored = () => clock.complete(messages.allDocs<Message>());
  const aborter = new AbortController();
  const dra = bus('dra', 'EU');
  const ended = Promise.allSettled([
    dra.call('xtss', {}, { timeLimit_ms: 50 }),
    dra.call('xtss', {}, { timeLimit_ms: 50, signal: aborter.signal }),
  ]);
  await clock.runFor(20);
  aborter.abort();
  expect(await clock.complete(ended)).toMatchObject([
    { status: 'rejected' },
    { status: 'rejected' },
  ]);
  await clock.runFor(60);
  // The receiver may be at another site: a write here would conflict with its claim there.
  const asked = { _rev: expect.stringMatching(/^1-/), consumed: false };
  expect(await stored()).toMatchObject([asked, asked]);
  let begun = 0;
  const xtss = bus('xtss', 'JAO');
  xtss.serve('xtss', async () => ++begun);
  await clock.runFor(1000);
  expect(await stored()).toMatchObject([{ consumed: true }, { consumed: true }]);
  expect(begun).toBe(0);
  await clock.complete(Promise.all([dra.close(), xtss.close()]));
});
