// The broker under a virtual clock: what happens at the same time, and what time alone changes.

import { expect, it, test } from 'vitest';
import type { Database } from '../../../mockup/platform/couch/database.ts';
import { silentLogger } from '../../../mockup/platform/log/logger.ts';
import type { Broker } from '../../../mockup/prompt/pubsub/broker/broker.ts';
import type {
  Consumer,
  Delivery,
} from '../../../mockup/prompt/pubsub/broker/delivery/delivery.ts';
import { loadBroker } from '../../../mockup/prompt/pubsub/broker/load-broker.ts';
import { DELETED_TOPIC } from '../../../mockup/prompt/pubsub/resource-names.ts';
import { createVirtualClock } from '../../../mockup/simulator/clock/virtual-clock.ts';
import { createSimulatedServer } from '../../../mockup/simulator/store/simulated-server.ts';

const TOPIC = 'projects/p/topics/visits';
const SUB = 'projects/p/subscriptions/visits-sub';
const KEPT_BYTES_MAX = 20_000;
const DAY_MS = 86_400_000;
const name = (text: string) => ({ data: Buffer.from(text), attributes: {}, orderingKey: '' });
const keyed = (text: string) => ({ ...name(text), orderingKey: 'k' });

async function start() {
  const clock = createVirtualClock();
  const server = createSimulatedServer({ clock });
  await server.create('pubsub');
  const stored = server.open('pubsub');
  /** A write takes turns of the event loop, but no time. */
  const done = async <T>(work: Promise<T>): Promise<T> => {
    let isOver = false;
    const over = (): void => void (isOver = true);
    work.then(over, over);
    while (!isOver) await clock.settle();
    return work;
  };
  let opened = Promise.resolve();
  /** Writes wait until the gate is opened again. */
  const gate = (): (() => void) => {
    const { promise, resolve } = Promise.withResolvers<void>();
    opened = promise;
    return resolve;
  };
  const bulk: Database['bulk'] = async (docs) => {
    await opened;
    return stored.bulk(docs);
  };
  const database: Database = Object.assign(Object.create(stored) as Database, { bulk });
  const load = async (): Promise<Broker> => {
    const onFailure = (error: Error): void => expect.unreachable(error.message);
    const ports = { clock, log: silentLogger, database, onFailure, keptBytes_max: KEPT_BYTES_MAX };
    return (await done(loadBroker(ports))).broker;
  };
  const broker = await load();
  await done(broker.createTopic({ name: TOPIC }));
  const segments = async (): Promise<number> => {
    const all = await stored.allDocs<{ kind: string }>();
    return all.filter(({ kind }) => kind === 'segment').length;
  };
  return { clock, segments, gate, load, broker, done };
}

/** Takes all that comes. */
class Taker implements Consumer {
  readonly got: Delivery[] = [];
  reason: Error | undefined;
  capacity = (): number => 100;
  deliver = (deliveries: Delivery[]): void => void this.got.push(...deliveries);
  end = (reason: Error): void => {
    this.reason = reason;
  };
  get texts(): string[] {
    return this.got.map(({ message }) => message.data.toString());
  }
}

test('what a deleted topic left is there after restarts, and apart from its successor’s', async () => {
  const { load, broker, done, segments, clock } = await start();
  await done(broker.createSubscription({ name: SUB, topic: TOPIC }));
  await done(broker.publish(TOPIC, [name('one'), name('two')]));
  await done(broker.deleteTopic(TOPIC));
  await done(broker.createTopic({ name: TOPIC }));
  const second = `${SUB}-2`;
  await done(broker.createSubscription({ name: second, topic: TOPIC }));
  await done(broker.publish(TOPIC, [name('three')]));
  broker.close();
  const again = await load();
  expect(again.subscriptionConfig(SUB).topic).toBe(DELETED_TOPIC);
  const [old, recent] = [new Taker(), new Taker()];
  again.subscription(SUB).attach(old);
  again.subscription(second).attach(recent);
  expect(old.texts).toEqual(['one', 'two']);
  expect(recent.texts).toEqual(['three']);
  await done(
    again.acknowledge(
      SUB,
      old.got.map(({ ackId }) => ackId),
    ),
  );
  await done(again.deleteTopic(TOPIC));
  await clock.runFor(1000);
  await expect.poll(segments, { timeout: 60_000 }).toBe(1);
  again.close();
  const third = await load();
  const last = new Taker();
  third.subscription(second).attach(last);
  expect(last.texts).toEqual(['three']);
});

test('a topic that goes while a message is stored: the message is delivered', async () => {
  const { gate, broker, done } = await start();
  await done(broker.createSubscription({ name: SUB, topic: TOPIC }));
  const taker = new Taker();
  broker.subscription(SUB).attach(taker);
  const open = gate();
  const published = broker.publish(TOPIC, [name('one')]);
  const deleted = broker.deleteTopic(TOPIC);
  open();
  await done(Promise.all([published, deleted]));
  expect(taker.texts).toEqual(['one']);
});

test('a seek while a message is stored delivers it once', async () => {
  const { gate, broker, done, clock } = await start();
  await done(broker.createSubscription({ name: SUB, topic: TOPIC, retainAckedMessages: true }));
  const taker = new Taker();
  broker.subscription(SUB).attach(taker);
  const open = gate();
  const published = broker.publish(TOPIC, [name('one')]);
  const sought = broker.seek(SUB, clock.now() - 1000);
  expect(taker.texts).toEqual([]);
  open();
  await done(Promise.all([published, sought]));
  expect(taker.texts).toEqual(['one']);
});

it.each([
  ['detached', (broker: Broker) => broker.detachSubscription(SUB), /detached/],
  ['deleted', (broker: Broker) => broker.deleteSubscription(SUB), /deleted/],
  [
    'pushed from now on',
    (broker: Broker) =>
      broker.updateSubscription(SUB, {
        ...{ name: SUB, topic: TOPIC },
        pushConfig: { pushEndpoint: 'http://127.0.0.1:1/' },
      }),
    /push/,
  ],
])('whoever takes messages is told that the subscription is %s', async (_, change, reason) => {
  const { broker, done } = await start();
  await done(broker.createSubscription({ name: SUB, topic: TOPIC }));
  const taker = new Taker();
  const live = broker.subscription(SUB);
  live.attach(taker);
  await done(change(broker) as Promise<unknown>);
  expect(taker.reason?.message).toMatch(reason);
  expect(live.consumers).toBe(0);
  await done(broker.publish(TOPIC, [name('late')]));
  expect(taker.texts).toEqual([]);
});

it.each([
  ['plain', false],
  ['ordered', true],
])('messages that nobody takes go when they are too old: %s', async (_, ordered) => {
  const { broker, done, clock, segments } = await start();
  await done(
    broker.createSubscription({
      ...{ name: SUB, topic: TOPIC, enableMessageOrdering: ordered },
      messageRetentionDuration: { seconds: 600 },
    }),
  );
  await done(broker.publish(TOPIC, [keyed('one'), keyed('two'), name('three')]));
  const live = broker.subscription(SUB);
  await clock.runFor(500_000);
  await done(broker.publish(TOPIC, [keyed('four'), keyed('five')]));
  await done(broker.tidy());
  expect(live.undelivered).toBe(5);
  await clock.runFor(200_000);
  await done(broker.tidy());
  expect(live.undelivered).toBe(2);
  await expect.poll(segments, { timeout: 60_000 }).toBe(1);
  const taker = new Taker();
  live.attach(taker);
  const first = taker.got.at(-1);
  expect(taker.texts).toEqual(ordered ? ['four'] : ['four', 'five']);
  if (ordered) await done(broker.acknowledge(SUB, [first?.ackId ?? '']));
  expect(taker.texts).toEqual(['four', 'five']);
});

test('what a deleted subscription does late leaves its successor alone', async () => {
  const { broker, done, load } = await start();
  const dead = 'projects/p/topics/dead-letters';
  await done(broker.createTopic({ name: dead }));
  const config = {
    ...{ name: SUB, topic: TOPIC },
    deadLetterPolicy: { deadLetterTopic: dead, maxDeliveryAttempts: 5 },
  };
  await done(broker.createSubscription(config));
  await done(broker.publish(TOPIC, [name('one')]));
  const old = broker.subscription(SUB);
  const taker = new Taker();
  old.attach(taker);
  // Given up for the fifth time, it is on its way to the dead letters while the subscription goes.
  for (let n = 0; n < 5; n++) old.modifyDeadline([taker.got.at(-1)?.ackId ?? ''], 0);
  const removed = broker.deleteSubscription(SUB);
  const made = broker.createSubscription({ name: SUB, topic: TOPIC });
  await done(Promise.all([removed, made]));
  await done(broker.publish(TOPIC, [name('two')]));
  broker.close();
  const again = await load();
  const fresh = new Taker();
  again.subscription(SUB).attach(fresh);
  expect(fresh.texts).toEqual(['two']);
});

test('a subscription that nobody uses expires; one that is used or never expires stays', async () => {
  const { broker, done, clock } = await start();
  const create = (id: string, ttl: object) =>
    done(broker.createSubscription({ name: `${SUB}-${id}`, topic: TOPIC, expirationPolicy: ttl }));
  await create('unused', { ttl: { seconds: 86_400 } });
  await create('used', { ttl: { seconds: 86_400 } });
  await create('never', {});
  broker.subscription(`${SUB}-used`).attach(new Taker());
  await clock.runFor(DAY_MS + 1000);
  await done(broker.tidy());
  expect(broker.subscriptionsOf(TOPIC)).toEqual([`${SUB}-used`, `${SUB}-never`]);
});

test('publishing is refused while undelivered messages take too much, also after a restart', async () => {
  const { load, broker, done } = await start();
  await done(broker.createSubscription({ name: SUB, topic: TOPIC }));
  const large = name('x'.repeat(4000));
  for (let count = 0; count < 4; count++) await done(broker.publish(TOPIC, [large]));
  const refused = { status: 'RESOURCE_EXHAUSTED', httpStatus: 429 };
  await expect(done(broker.publish(TOPIC, [large]))).rejects.toMatchObject(refused);
  // Small ones count for more than their text.
  const small = Array.from({ length: 10 }, () => name('.'));
  await expect(done(broker.publish(TOPIC, small))).rejects.toMatchObject(refused);
  broker.close();
  const again = await load();
  await expect(done(again.publish(TOPIC, [large]))).rejects.toMatchObject(refused);
  const taker = new Taker();
  again.subscription(SUB).attach(taker);
  await done(
    again.acknowledge(
      SUB,
      taker.got.map(({ ackId }) => ackId),
    ),
  );
  await done(again.tidy());
  await done(again.publish(TOPIC, [large]));
});
