import { once } from 'node:events';
import { createServer } from 'node:http';
import { type AddressInfo, connect } from 'node:net';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { createPoster } from '../../../mockup/prompt/pubsub/push/post-push.ts';
import { type LivePubsub, startLivePubsub } from './live-pubsub.ts';

vi.setConfig({ testTimeout: 120_000 });

describe('a push', () => {
  const delivery = {
    message: {
      id: '1',
      data: Buffer.from('x'),
      attributes: {},
      orderingKey: '',
      publishTime_ms: 0,
    },
  } as never;
  const subscription = {
    name: 'projects/p/subscriptions/s',
    settings: { push: { wrapped: true } },
  };
  const send = async (endpoint: string): Promise<string | undefined> => {
    const poster = createPoster();
    try {
      const signal = AbortSignal.timeout(10_000);
      return await poster.send(endpoint, subscription as never, delivery, signal);
    } finally {
      await poster.close();
    }
  };

  it.each([
    'http://169.254.169.254/computeMetadata/v1/',
    'http://[fd00:ec2::254]/',
    'http://[fd20:ce::254]/',
    'http://[::ffff:169.254.169.254]/',
    'http://100.100.100.200/',
    'http://0.0.0.0/',
    'http://2852039166/',
    'http://0xa9.0xfe.0xa9.0xfe/',
    'http://169.254.169.254.:80/',
    'https://169.254.1.1/',
    'http://[fe80::1]/',
    'http://255.255.255.255/',
  ])('never goes to %s', async (endpoint) => {
    expect(await send(endpoint)).toMatch(/no address to push to/);
  });

  it('follows no redirect, and says what it got', async () => {
    const asked: string[] = [];
    const server = createServer((request, response) => {
      asked.push(request.url ?? '');
      response.writeHead(307, { location: '/elsewhere' }).end();
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const { port } = server.address() as AddressInfo;
    expect(await send(`http://127.0.0.1:${port}/first`)).toBe('status 307');
    expect(asked).toEqual(['/first']);
    server.close();
  });
});

describe('the port', () => {
  let pubsub: LivePubsub;

  beforeEach(async () => {
    pubsub = await startLivePubsub();
  });
  afterEach(() => pubsub.close());

  const socketTo = (): ReturnType<typeof connect> => {
    const { hostname, port } = new URL(`http://${pubsub.server.address}`);
    return connect(Number(port), hostname);
  };

  it('takes a request that begins with a single letter', async () => {
    const socket = socketTo();
    socket.write('P');
    await new Promise((resolve) => setImmediate(resolve));
    socket.write(
      'UT /v1/projects/prompt-proto/topics/abc HTTP/1.1\r\nHost: x\r\nContent-Length: 2\r\n\r\n{}',
    );
    const [answer] = await once(socket, 'data');
    expect(String(answer)).toMatch(/^HTTP\/1\.1 200 /);
    socket.destroy();
  });

  it.each(['\0\0\0\0', 'PRI * HTTP/2.0\r\n\r\nnonsense', 'GET'])(
    'outlives a connection that says %o',
    async (text) => {
      const socket = socketTo();
      socket.on('error', () => {});
      socket.resume();
      socket.end(text);
      await once(socket, 'close');
      const answer = await pubsub.rest('GET', 'projects/prompt-proto/topics');
      expect(answer.status).toBe(200);
    },
  );

  it('answers others beside a thousand connections that say nothing', async () => {
    const sockets = Array.from({ length: 1000 }, socketTo);
    await Promise.all(sockets.map((socket) => once(socket, 'connect')));
    expect((await pubsub.rest('GET', 'projects/prompt-proto/topics')).status).toBe(200);
    for (const socket of sockets) socket.destroy();
  });

  it('pushes elsewhere what an endpoint hangs on, and others are not held up by it', async () => {
    const got: string[] = [];
    let asked = 0;
    const server = createServer((request, response) => {
      if (request.url === '/hangs') asked += 1;
      else {
        got.push(request.url ?? '');
        response.end();
      }
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const endpoint = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
    const topic = 'projects/prompt-proto/topics/abc';
    const path = (id: string): string => `projects/prompt-proto/subscriptions/${id}`;
    const pushTo = (url: string) => ({ pushConfig: { pushEndpoint: `${endpoint}${url}` } });
    await pubsub.rest('PUT', topic, {});
    await pubsub.rest('PUT', path('hangs'), {
      topic,
      ackDeadlineSeconds: 600,
      ...pushTo('/hangs'),
    });
    await pubsub.rest('PUT', path('good'), { topic, ...pushTo('/good') });
    const messages = Array.from({ length: 200 }, (_, n) => ({ attributes: { n: String(n) } }));
    await pubsub.rest('POST', `${topic}:publish`, { messages });
    await expect
      .poll(() => got.filter((url) => url === '/good').length, { timeout: 60_000 })
      .toBe(200);
    expect(asked).toBeGreaterThan(0);
    // So many at a time, and not all that there are.
    expect(asked).toBeLessThanOrEqual(50);
    await pubsub.rest('POST', `${path('hangs')}:modifyPushConfig`, pushTo('/instead'));
    await expect
      .poll(() => got.filter((url) => url === '/instead').length, { timeout: 60_000 })
      .toBe(200);
    server.closeAllConnections();
    server.close();
  });

  it.each([
    '('.repeat(120),
    `${'('.repeat(80)}attributes:a${')'.repeat(80)}`,
    'NOT '.repeat(60),
    `${'-'.repeat(200)}attributes:a`,
    `attributes.a="${'\\\\'.repeat(100)}`,
    `hasPrefix(attributes.a,"${'a'.repeat(200)}")`,
    ' '.repeat(250),
    'attributes:a AND '.repeat(14).concat('attributes:a'),
  ])('takes or refuses a filter that is made to cost: %#', async (filter) => {
    const topic = 'projects/prompt-proto/topics/abc';
    const path = 'projects/prompt-proto/subscriptions/sub';
    await pubsub.rest('PUT', topic, {});
    const made = await pubsub.rest('PUT', path, { topic, filter });
    expect([200, 400]).toContain(made.status);
    const messages = Array.from({ length: 1000 }, () => ({ attributes: { a: 'a'.repeat(1000) } }));
    expect((await pubsub.rest('POST', `${topic}:publish`, { messages })).status).toBe(200);
  });

  it('tells a pull that its subscription was deleted', async () => {
    const path = 'projects/prompt-proto/subscriptions/sub';
    await pubsub.rest('PUT', 'projects/prompt-proto/topics/abc', {});
    await pubsub.rest('PUT', path, { topic: 'projects/prompt-proto/topics/abc' });
    const pull = pubsub.rest('POST', `${path}:pull`, { maxMessages: 1 });
    await expect
      .poll(() => pubsub.server.broker.subscription(path).consumers, { timeout: 60_000 })
      .toBe(1);
    expect((await pubsub.rest('DELETE', path)).status).toBe(200);
    expect((await pull).status).toBe(404);
  });
});
