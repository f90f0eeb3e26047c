// Anybody can write into `msgq`: documents that are no proper messages must not keep a receiver,
// or a process that waits for an answer, from going on.

import { expect, onTestFinished, test } from 'vitest';
import { createBus } from '../../../mockup/platform/bus/create-bus.ts';
import type { Holder } from '../../../mockup/platform/bus/message.ts';
import { readMessage } from '../../../mockup/platform/bus/receiving/reading.ts';
import { silentLogger } from '../../../mockup/platform/log/logger.ts';
import { createSeededRandom } from '../../../mockup/platform/random/seeded-random.ts';
import { createVirtualClock } from '../../../mockup/simulator/clock/virtual-clock.ts';
import { createSimulatedServer } from '../../../mockup/simulator/store/simulated-server.ts';

const self: Holder = { actor: 'xtss', site: 'JAO', machine: 'm', pid: 1, instance: 'i' };
const message = { _id: 'm', selector: 's', consumed: true, body: {}, creationTimestamp: 't' };
const delivery = { state: 'claimed', holder: self, attempts: 1, lease_ms: 10, claimedAt: 't' };

const malformed: object[] = [
  { delivery: 'nonsense' },
  { delivery: null },
  { delivery: { state: 'claimed' } },
  { delivery: { ...delivery, holder: { pid: 1 } } },
  { delivery: { ...delivery, lease_ms: undefined } },
  { delivery: { ...delivery, lease_ms: 'x' } },
  { delivery: { ...delivery, attempts: '1' } },
  { delivery: { ...delivery, state: 'other' } },
  { delivery: { ...delivery, retryDelay_ms: -1 } },
  { asker: null },
  { asker: 5, sender: 5, msgbackID: null, answerTo: {} },
];

async function start() {
  const clock = createVirtualClock();
  const server = createSimulatedServer({ clock });
  await server.create('msgq');
  const messages = server.open('msgq');
  const random = createSeededRandom('malformed');
  const bus = createBus({
    ...{ messages, clock, random, self, log: silentLogger, originIP: '127.0.0.1' },
    isHolderGone: (holder) => holder.machine.length > 99,
  });
  onTestFinished(() => clock.complete(bus.close()));
  /** Some as others see them arrive, some that were there before. */
  const writeAll = async (when: string) => {
    for (const [index, fields] of malformed.entries()) {
      const base = { ...message, _id: `${when} ${index}`, answerTo: 'xtss@JAO' };
      await messages.put({ ...base, ...fields });
      await messages.put({ ...base, ...fields, _id: `${when} ${index} open`, consumed: false });
    }
  };
  return { clock, messages, bus, writeAll };
}

test('a receiver takes those that are open, and goes on', async () => {
  const { clock, bus, writeAll } = await start();
  await clock.complete(writeAll('before'));
  const got = new Set<string>();
  const receiver = bus.receive('s', async ({ id, sender, creationTimestamp }) => {
    expect([typeof sender, typeof creationTimestamp]).toEqual(['undefined', 'string']);
    got.add(id);
  });
  await clock.complete(receiver.ready);
  await clock.complete(writeAll('later'));
  await clock.runUntil(() => got.size === 2 * malformed.length, { limit_ms: 60_000 });
  expect([...got].every((id) => id.endsWith(' open'))).toBe(true);
  const steps = clock.steps;
  await clock.runFor(60_000);
  expect(clock.steps - steps).toBeLessThan(100);
});

test('who waits for an answer gets it', async () => {
  const { clock, bus, writeAll } = await start();
  bus.serve('question', async () => 42);
  await clock.complete(writeAll('before'));
  expect(await clock.complete(bus.call('question', {}))).toBe(42);
  await clock.complete(writeAll('later'));
  expect(await clock.complete(bus.call('question', {}))).toBe(42);
});

test('a proper message is read as it is', () => {
  const proper = {
    ...message,
    _rev: '1-a',
    sender: 'a@JAO',
    msgbackID: 'x',
    asker: self,
    delivery,
  };
  expect(readMessage(proper)).toEqual(proper);
  expect(readMessage({ ...proper, selector: 5 })).toBeUndefined();
  expect(readMessage({ ...proper, consumed: 'no' })).toBeUndefined();
});
