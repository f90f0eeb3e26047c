import { once } from 'node:events';
import { createServer } from 'node:http';
import { type AddressInfo, connect, type Socket } from 'node:net';
import { setTimeout as pause } from 'node:timers/promises';
import { afterEach, expect, it } from 'vitest';
import { SlowBodies } from '../../mockup/couch-server/http/wire/slow-bodies.ts';
import { type CouchServer, startCouchServer } from '../../mockup/couch-server/server.ts';
import { clientOf } from './http-client.ts';

// Bodies that do not come hold no connection for long, however many begin.

let server: CouchServer;
const sockets: Socket[] = [];

async function start(limits: object): Promise<void> {
  server = await startCouchServer({ limits: { stalledBodyMs: 300, ...limits } });
  const client = clientOf(server.url);
  await client('PUT', '/db');
  client.close();
}

afterEach(async () => {
  for (const socket of sockets.splice(0)) socket.destroy();
  await server?.close();
});

interface Begun {
  readonly socket: Socket;
  /** Bytes before the body. */
  readonly head: number;
  readonly answer: () => string;
  readonly closed: Promise<unknown>;
}

/** Sends the head of a request and the beginning of its body. */
function begin(method: string, path: string, length: number, port = server.port): Begun {
  const socket = connect(port, '127.0.0.1');
  sockets.push(socket);
  socket.on('error', () => undefined);
  let text = '';
  socket.on('data', (piece) => {
    text += piece;
  });
  const closed = new Promise((resolve) => socket.once('close', resolve));
  const first = `${method} ${path} HTTP/1.1\r\nHost: localhost\r\n`;
  const head = `${first}Content-Type: application/json\r\nContent-Length: ${length}\r\n\r\n`;
  socket.write(`${head}{`);
  return { socket, head: head.length, answer: () => text, closed };
}

it.each([
  ['PUT', '/db/x'],
  ['PUT', '/db/x/file'],
  ['POST', '/db/_bulk_docs'],
  ['GET', '/db'],
])('a body that stops coming is given up: %s %s', async (method, path) => {
  await start({});
  const { answer, closed } = begin(method, path, 5000);
  await closed;
  // What needs no body has its answer by then.
  expect(answer()).toMatch(method === 'GET' ? /^HTTP\/1\.1 200 / : /^HTTP\/1\.1 408 /);
});

it('of many from one address that come in drops a few are waited for', async () => {
  await start({ maxSlowBodies: 3 });
  const begun = Array.from({ length: 8 }, (_, n) => begin('PUT', `/db/drops${n}`, 500_000));
  const open = new Set(begun);
  for (const one of begun) void one.closed.then(() => open.delete(one));
  while (open.size > 3) {
    for (const { socket } of open) socket.write(' ');
    await pause(20);
  }
  const rest = [...open];
  expect(begun.filter((one) => one.answer().startsWith('HTTP/1.1 408 '))).toHaveLength(5);
  for (const { socket, head } of rest) {
    const sent = socket.bytesWritten - head;
    socket.write(`${' '.repeat(500_000 - sent - 1)}}`);
  }
  while (rest.some((one) => one.answer() === '')) await pause(20);
  for (const one of rest) expect(one.answer()).toMatch(/^HTTP\/1\.1 201 /);
});

it('bodies that come in drops shut nobody out', async () => {
  await start({ maxConnections: 20 });
  const begun = Array.from({ length: 20 }, (_, n) => begin('PUT', `/db/drops${n}`, 500_000));
  let served = false;
  const dripping = (async () => {
    while (!served) {
      for (const { socket } of begun) if (socket.writable) socket.write(' ');
      await pause(20);
    }
  })();
  for (let tries = 0; !served && tries < 500; tries++) {
    const fresh = clientOf(server.url);
    served = await fresh('GET', '/db').then(
      ({ status }) => status === 200,
      () => false,
    );
    fresh.close();
    if (!served) await pause(20);
  }
  expect(served).toBe(true);
  await dripping;
});

it('a body that the server has not taken yet is not the client’s fault', async () => {
  const bodies = new SlowBodies({ stalledBodyMs: 1, maxSlowBodies: 1 });
  let take = (): void => undefined;
  const http = createServer((req, res) => {
    req.pause();
    take = () => {
      req.resume().on('end', () => res.end('taken'));
    };
  });
  bodies.follow(http);
  http.listen(0, '127.0.0.1');
  await once(http, 'listening');
  const { port } = http.address() as AddressInfo;
  const { socket, answer } = begin('PUT', '/', 1_000_000, port);
  socket.write(`${' '.repeat(999_999)}`);
  await once(http, 'request');
  for (let n = 0; n < 50; n++) {
    await pause(2);
    bodies.sweep();
  }
  expect(answer()).toBe('');
  take();
  await once(socket, 'data');
  expect(answer()).toMatch(/^HTTP\/1\.1 200 /);
  http.closeAllConnections();
  http.close();
});
