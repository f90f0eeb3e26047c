// What a subscription does where one message fails again and again, or where nobody has room.

import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { expect, it, vi } from 'vitest';
import type {
  Consumer,
  Delivery,
} from '../../../mockup/prompt/pubsub/broker/delivery/delivery.ts';
import { Subscription } from '../../../mockup/prompt/pubsub/broker/subscription.ts';
import { readSubscriptionSettings } from '../../../mockup/prompt/pubsub/broker/subscription-settings.ts';
import { createVirtualClock } from '../../../mockup/simulator/clock/virtual-clock.ts';
import { startLivePubsub } from './live-pubsub.ts';

const NAME = 'projects/p/subscriptions/s';
const TOPIC = 'projects/p/topics/t';

function createWorld() {
  const clock = createVirtualClock();
  const expired = vi.fn();
  const settings = readSubscriptionSettings({ name: NAME, topic: TOPIC });
  const ports = {
    ...{ clock, epoch: 'abcdefgh', changed: () => {}, expired },
    deadLetter: async () => {},
  };
  const subscription = new Subscription(NAME, TOPIC, settings, [], ports);
  const message = (number: number) => ({
    ...{ number, id: String(number), publishTime_ms: clock.now(), orderingKey: '' },
    ...{ data: Buffer.from('x'), attributes: {} },
  });
  return { clock, subscription, expired, message };
}

class Narrow implements Consumer {
  room = 1;
  readonly got: Delivery[] = [];
  capacity = (): number => this.room;
  deliver = (deliveries: Delivery[]): void => {
    this.room -= deliveries.length;
    this.got.push(...deliveries);
  };
  get numbers(): number[] {
    return this.got.map(({ message }) => message.number);
  }
  get last(): string[] {
    return [this.got.at(-1)?.ackId ?? ''];
  }
}

it('nothing spins while nobody has room for what may go out again', async () => {
  const { clock, subscription, message } = createWorld();
  const consumer = new Narrow();
  subscription.attach(consumer);
  subscription.offer([message(0)]);
  subscription.modifyDeadline(consumer.last, 0);
  const before = clock.steps;
  await clock.runFor(5000, { steps_max: 100 });
  expect(clock.steps - before).toBeLessThan(10);
});

it('what comes again goes out when an acknowledgement makes room, also without fresh messages', () => {
  const { subscription, message } = createWorld();
  const consumer = new Narrow();
  consumer.room = 2;
  subscription.attach(consumer);
  subscription.offer([message(0), message(1)]);
  const [first, second] = consumer.got;
  subscription.modifyDeadline([first?.ackId ?? ''], 0);
  expect(consumer.numbers).toEqual([0, 1]);
  consumer.room = 1;
  subscription.acknowledge([second?.ackId ?? '']);
  expect(consumer.numbers).toEqual([0, 1, 0]);
});

it('what fails again and again takes turns with fresh messages', () => {
  const { subscription, message } = createWorld();
  const consumer = new Narrow();
  subscription.attach(consumer);
  subscription.offer([0, 1, 2, 3].map(message));
  while (consumer.got.length < 9) {
    consumer.room = 1;
    if (consumer.got.at(-1)?.message.number === 0) subscription.modifyDeadline(consumer.last, 0);
    else subscription.acknowledge(consumer.last);
  }
  expect([...new Set(consumer.numbers)].sort()).toEqual([0, 1, 2, 3]);
});

it('tells of messages that it drops because they are too old', async () => {
  const { clock, subscription, message, expired } = createWorld();
  subscription.offer([message(0), message(1)]);
  await clock.runFor(8 * 86_400_000, { steps_max: 100 });
  subscription.dropExpired();
  expect(expired.mock.calls.flat(2).map(({ number }) => number)).toEqual([0, 1]);
});

it('a push that is refused for ever holds up no other', async () => {
  const pubsub = await startLivePubsub();
  const good = new Set<string>();
  let bad = 0;
  const server = createServer(async (request, response) => {
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk as Buffer);
    const { n } = JSON.parse(Buffer.concat(chunks).toString()).message.attributes;
    if (n === 'bad') bad += 1;
    else good.add(n);
    response.writeHead(n === 'bad' ? 500 : 200).end();
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const pushEndpoint = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const topic = 'projects/prompt-proto/topics/abc';
  const publish = (names: string[]) =>
    pubsub.rest('POST', `${topic}:publish`, {
      messages: names.map((n) => ({ attributes: { n } })),
    });
  await pubsub.rest('PUT', topic, {});
  await pubsub.rest('PUT', 'projects/prompt-proto/subscriptions/sub', {
    ...{ topic, pushConfig: { pushEndpoint } },
  });
  await publish(['bad']);
  await expect.poll(() => bad, { timeout: 60_000 }).toBeGreaterThan(4);
  await publish(Array.from({ length: 100 }, (_, n) => String(n)));
  await expect.poll(() => good.size, { timeout: 60_000 }).toBe(100);
  await pubsub.close();
  server.closeAllConnections();
  server.close();
});
