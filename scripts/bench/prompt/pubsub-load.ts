// The same calls to any Pub/Sub server, by Google's own gRPC client: so many messages a second
// published and pulled, and how long a push takes.

import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { v1 } from '@google-cloud/pubsub';
import { credentials } from '@grpc/grpc-js';

export interface PubsubFigures {
  published_s: number;
  pulled_s: number;
  /** From the call of publish to the arrival at the endpoint, one message at a time. */
  push_ms: number[];
}

const PUBLISH_MS = 4_000;
const BATCH = 100;
const CALLERS = 8;
const DATA = Buffer.alloc(1000, 'x');
const PUSHES = 300;
const PULL_MAX = 1000;

export async function loadPubsub(address: string): Promise<PubsubFigures> {
  const [servicePath, port] = address.split(':');
  const options = {
    ...{ servicePath, port: Number(port), projectId: 'prompt-proto' },
    sslCreds: credentials.createInsecure(),
  };
  const publisher = new v1.PublisherClient(options as never);
  const subscriber = new v1.SubscriberClient(options as never);
  try {
    const topic = 'projects/prompt-proto/topics/load';
    const subscription = 'projects/prompt-proto/subscriptions/load-sub';
    await publisher.createTopic({ name: topic });
    await subscriber.createSubscription({ name: subscription, topic, ackDeadlineSeconds: 600 });
    const { count, rate } = await publishAll(publisher, topic);
    const pulled_s = await pullAll(subscriber, subscription, count);
    await subscriber.deleteSubscription({ subscription });
    return { published_s: rate, pulled_s, push_ms: await pushAll(publisher, subscriber) };
  } finally {
    await publisher.close();
    await subscriber.close();
  }
}

async function publishAll(publisher: v1.PublisherClient, topic: string) {
  const messages = Array.from({ length: BATCH }, () => ({ data: DATA }));
  const begun = performance.now();
  let count = 0;
  const caller = async (): Promise<void> => {
    while (performance.now() - begun < PUBLISH_MS) {
      await publisher.publish({ topic, messages });
      count += BATCH;
    }
  };
  await Promise.all(Array.from({ length: CALLERS }, caller));
  return { count, rate: (count * 1000) / (performance.now() - begun) };
}

async function pullAll(subscriber: v1.SubscriberClient, subscription: string, count: number) {
  const begun = performance.now();
  let got = 0;
  const caller = async (): Promise<void> => {
    while (got < count) {
      const request = { subscription, maxMessages: PULL_MAX, returnImmediately: true };
      const [{ receivedMessages }] = await subscriber.pull(request);
      const ackIds = (receivedMessages ?? []).map(({ ackId }) => ackId as string);
      got += ackIds.length;
      if (ackIds.length > 0) await subscriber.acknowledge({ subscription, ackIds });
    }
  };
  await Promise.all(Array.from({ length: CALLERS }, caller));
  return (count * 1000) / (performance.now() - begun);
}

async function pushAll(publisher: v1.PublisherClient, subscriber: v1.SubscriberClient) {
  let arrived = (): void => {};
  const server = createServer((request, response) => {
    request.resume();
    request.on('end', () => {
      response.end();
      arrived();
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  const topic = 'projects/prompt-proto/topics/pushed';
  await publisher.createTopic({ name: topic });
  await subscriber.createSubscription({
    ...{ name: 'projects/prompt-proto/subscriptions/pushed-sub', topic },
    pushConfig: { pushEndpoint: `http://127.0.0.1:${port}/` },
  });
  const push_ms: number[] = [];
  for (let n = 0; n < PUSHES; n++) {
    const arrival = new Promise<void>((resolve) => {
      arrived = resolve;
    });
    const begun = performance.now();
    await publisher.publish({ topic, messages: [{ data: DATA }] });
    await arrival;
    push_ms.push(performance.now() - begun);
  }
  server.closeAllConnections();
  server.close();
  return push_ms;
}
