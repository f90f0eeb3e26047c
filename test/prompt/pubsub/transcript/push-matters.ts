// Push subscriptions, with an endpoint that refuses the first time.

import { createServer, type IncomingMessage } from 'node:http';
import type { AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';
import { base64, type Peer, texts } from './peer.ts';
import type { Matter } from './programme.ts';

interface Pushed {
  method: string | undefined;
  type: string | undefined;
  body: string;
}

async function endpoint(statuses: number[]) {
  const pushed: Pushed[] = [];
  let told = (): void => {};
  const server = createServer(async (request: IncomingMessage, response) => {
    const body = await text(request);
    pushed.push({ method: request.method, type: request.headers['content-type'], body });
    response.statusCode = statuses.shift() ?? 204;
    response.end();
    told();
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const until = async (count: number): Promise<void> => {
    const limit = AbortSignal.timeout(8000);
    while (pushed.length < count && !limit.aborted) {
      await new Promise<void>((resolve) => {
        told = resolve;
        limit.addEventListener('abort', () => resolve(), { once: true });
      });
    }
  };
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/push?token=t`;
  return { url, pushed, until, close: () => server.close() };
}

function shown(peer: Peer, { method, type, body }: Pushed): unknown {
  const isJson = type?.includes('json');
  return { method, ...(isJson && { type }), body: isJson ? peer.plain(JSON.parse(body)) : body };
}

const pushing: Matter = async (peer) => {
  const { url, pushed, until, close } = await endpoint([500, 200]);
  const topic = await peer.createTopic('topic');
  const sub = await peer.createSubscription('sub', topic, { pushConfig: { pushEndpoint: url } });
  await peer.publish(topic, { data: base64('m1'), attributes: { a: 'b' }, orderingKey: 'k' });
  await until(2);
  const first = pushed.map((one) => shown(peer, one));
  const pull = { maxMessages: 1, returnImmediately: true };
  const pullRefused = await peer.rest('POST', `${sub}:pull`, pull);
  const modified = await peer.rest('POST', `${sub}:modifyPushConfig`, { pushConfig: {} });
  await peer.publish(topic, 'm2');
  const pulled = texts(await peer.pull(sub, 1));
  close();
  return { first, pullRefused, modified, pulled, count: pushed.length };
};

const unwrapped: Matter = async (peer) => {
  const { url, pushed, until, close } = await endpoint([]);
  const topic = await peer.createTopic('topic');
  await peer.createSubscription('sub', topic, {
    pushConfig: { pushEndpoint: url, noWrapper: {} },
  });
  await peer.publish(topic, 'm1');
  await until(1);
  close();
  return pushed.map((one) => shown(peer, one));
};

export const pushMatters: Record<string, Matter> = {
  pushing,
  'pushing without a wrapper': unwrapped,
};
