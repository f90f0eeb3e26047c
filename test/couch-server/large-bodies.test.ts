import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { readJsonText } from '../../mockup/couch-server/http/wire/json-text.ts';
import { type CouchServer, startCouchServer } from '../../mockup/couch-server/server.ts';
import { type Client, clientOf } from './http-client.ts';
import './seed.ts';

// One client's large or hostile request must leave room for the requests of all others.

let server: CouchServer;
let client: Client;

async function start(limits: object = {}): Promise<void> {
  server = await startCouchServer({ limits });
  client = clientOf(server.url);
  await client('PUT', '/db');
}

afterEach(async () => {
  client.close();
  await server.close();
});

/** How many requests of another client are answered until this one is. */
async function answeredBeside<T>(work: Promise<T>): Promise<{ result: T; answered: number }> {
  const other = clientOf(server.url);
  let done = false;
  let answered = 0;
  const ended = work.finally(() => {
    done = true;
  });
  while (!done) {
    const { status } = await other('GET', '/');
    expect(status).toBe(200);
    if (!done) answered++;
  }
  other.close();
  return { result: await ended, answered };
}

const JSON_TYPE = { 'Content-Type': 'application/json' };

describe('a large body', () => {
  beforeEach(() => start());

  it('of brackets, commas or members is refused or read, and others are served meanwhile', async () => {
    const bodies: [string, number][] = [
      ['['.repeat(60_000_000), 400],
      [`[${'[],'.repeat(10_000_000)}[]]`, 413],
      [`{"keys":[${'0,'.repeat(3_000_000)}0]}`, 413],
      [`{"docs":[{"_id":"x","a":[${'1,'.repeat(900_000)}1]}]}`, 201],
      [`{${Array.from({ length: 500_000 }, (_, n) => `"k${n}":[]`).join(',')}}`, 200],
    ];
    const paths = ['_bulk_docs', '_bulk_docs', '_all_docs', '_bulk_docs', '_revs_diff'];
    for (const [n, [body, expected]] of bodies.entries()) {
      const request = client('POST', `/db/${paths[n]}`, Buffer.from(body), JSON_TYPE);
      const { result, answered } = await answeredBeside(request);
      const status = n === 4 && result.status === 413 ? 200 : result.status;
      expect([n, status]).toEqual([n, expected]);
      expect(answered, `beside body ${n}`).toBeGreaterThan(3);
    }
  }, 120_000);

  it('waits for others where they hold all there is', async () => {
    await client('GET', '/');
    const tight = await startCouchServer({ limits: { maxBodiesSize: 4_000_000 } });
    const opened: Socket[] = [];
    const send = (size: number): Socket => {
      const socket = connect(tight.port, '127.0.0.1');
      opened.push(socket);
      socket.write(
        'POST /_dbs_info HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n',
      );
      socket.write(`Content-Length: 3500001\r\n\r\n${' '.repeat(size)}`);
      return socket;
    };
    send(3_500_000);
    // The first one has its share once another one is refused.
    let refusal = '';
    while (!refusal.startsWith('HTTP/1.1 503')) {
      const [data] = await once(send(3_500_001), 'data');
      refusal = String(data);
    }
    expect(refusal).toMatch(/Retry-After: \d/);
    for (const socket of opened) socket.destroy();
    const next = clientOf(tight.url);
    let status = 503;
    while (status === 503) {
      ({ status } = await next('POST', '/_dbs_info', { keys: [], pad: 'x'.repeat(3_900_000) }));
    }
    expect(status).toBe(200);
    next.close();
    await tight.close();
  });

  it('is read as a small one is', async () => {
    await client('GET', '/');
    await fc.assert(
      fc.asyncProperty(fc.json({ maxDepth: 6 }), fc.integer(), async (text, n) => {
        const pad = ' '.repeat(150_000);
        const long = `{"a" : [${text},${pad}"${'x\\"'.repeat(70_000)}", {"__proto__":${text}}]\n,"n":${n}}`;
        expect(await readJsonText(Buffer.from(long), 10_000)).toEqual(JSON.parse(long));
      }),
      { numRuns: 30 },
    );
    const pad = ' '.repeat(200_000);
    for (const text of [
      '{"a":1,}',
      '[1,]',
      '{"a" 1}',
      '[1 2]',
      '{"a":[1}',
      '[1]]',
      '{,}',
      '[',
      '"',
    ]) {
      await expect(readJsonText(Buffer.from(text + pad), 100), text).rejects.toThrow('JSON');
      await expect(readJsonText(Buffer.from(`[${pad}${text}]`), 100), text).rejects.toThrow(
        'JSON',
      );
    }
    expect(await readJsonText(Buffer.from(`[ ${pad}]`), 100)).toEqual([]);
    expect(await readJsonText(Buffer.from(`{ ${pad}}`), 100)).toEqual({});
  });
});

describe('a selector', () => {
  beforeEach(() => start());

  it('that takes long leaves others their turn', async () => {
    const text = 'a'.repeat(12);
    const docs = Array.from({ length: 3000 }, (_, n) => ({ _id: `d${n}`, text }));
    await client('POST', '/db/_bulk_docs', { docs });
    const evil = `^(?=(${Array(40).fill('a').join('|')})*b)`;
    const conditions = Array.from({ length: 3000 }, (_, n) => ({ text: { $ne: `b${n}` } }));
    for (const [selector, expected] of [
      [{ text: { $regex: evil } }, 400],
      [{ $and: conditions }, 200],
    ] as const) {
      const hostile = async (): Promise<number[]> => {
        const statuses: number[] = [];
        for (let n = 0; n < 5; n++) {
          const { status } = await client('POST', '/db/_find', { selector, limit: 5000 });
          statuses.push(status);
        }
        return statuses;
      };
      const { result, answered } = await answeredBeside(hostile());
      expect(new Set(result)).toEqual(new Set([expected]));
      expect(answered).toBeGreaterThan(0);
    }
  }, 60_000);
});

describe('connections', () => {
  beforeEach(() => start({ maxConnections: 40 }));

  it('that do nothing shut nobody out', async () => {
    const idle: Socket[] = [];
    for (let n = 0; n < 120; n++) {
      const socket = connect(server.port, '127.0.0.1');
      socket.on('error', () => undefined);
      await once(socket, 'connect');
      idle.push(socket);
    }
    for (let n = 0; n < 5; n++) {
      const fresh = clientOf(server.url);
      expect((await fresh('GET', '/db')).status).toBe(200);
      fresh.close();
    }
    for (const socket of idle) socket.destroy();
  });
});
