// Google's own client, unchanged, against our server.

import type { Message } from '@google-cloud/pubsub';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { type LivePubsub, startLivePubsub } from './live-pubsub.ts';

let pubsub: LivePubsub;

beforeEach(async () => {
  pubsub = await startLivePubsub();
});

afterEach(async () => {
  await pubsub.close();
  expect(pubsub.failures).toEqual([]);
});

test('publishes, and receives by streaming pull', async () => {
  const client = pubsub.client();
  const [topic] = await client.createTopic('nextVisit');
  const [subscription] = await topic.createSubscription('nextVisit-pull');
  const received = new Promise<Message>((resolve, reject) => {
    subscription.on('message', resolve);
    subscription.on('error', reject);
  });
  const id = await topic.publishMessage({
    json: { detector: 3 },
    attributes: { instrument: 'LATISS' },
  });
  const message = await received;
  expect(message.id).toBe(id);
  expect(JSON.parse(message.data.toString())).toEqual({ detector: 3 });
  expect(message.attributes).toEqual({ instrument: 'LATISS' });
  message.ack();
  await subscription.close();
});

test('what was not acknowledged comes again after a restart, what was does not', async () => {
  const client = pubsub.client();
  const [topic] = await client.createTopic('topic-1');
  await topic.createSubscription('sub-1');
  for (const n of [1, 2, 3]) await topic.publishMessage({ data: Buffer.from(`m${n}`) });
  const path = 'projects/prompt-proto/subscriptions/sub-1';
  const pull = async (maxMessages: number) => {
    const answer = await pubsub.rest('POST', `${path}:pull`, { maxMessages });
    return (
      (await answer.json()) as { receivedMessages: { ackId: string; message: { data: string } }[] }
    ).receivedMessages;
  };
  const first = await pull(1);
  expect(Buffer.from(first[0]?.message.data ?? '', 'base64').toString()).toBe('m1');
  const ack = await pubsub.rest('POST', `${path}:acknowledge`, { ackIds: [first[0]?.ackId] });
  expect([ack.status, await ack.json()]).toEqual([200, {}]);
  await pubsub.restart();
  const rest = await pull(10);
  expect(rest.map(({ message }) => Buffer.from(message.data, 'base64').toString())).toEqual([
    'm2',
    'm3',
  ]);
});

test('errors have the codes of Pub/Sub, over REST and gRPC', async () => {
  const client = pubsub.client();
  await client.createTopic('abc');
  await expect(client.createTopic('abc')).rejects.toMatchObject({ code: 6 });
  await expect(client.topic('none').createSubscription('sub')).rejects.toMatchObject({ code: 5 });
  await expect(client.createTopic('a')).rejects.toMatchObject({ code: 3 });
  const again = await pubsub.rest('PUT', 'projects/prompt-proto/topics/abc', {});
  expect(again.status).toBe(409);
  expect(await again.json()).toMatchObject({ error: { code: 409, status: 'ALREADY_EXISTS' } });
  const missing = await pubsub.rest('GET', 'projects/prompt-proto/topics/none');
  expect(missing.status).toBe(404);
});
