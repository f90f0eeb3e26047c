// What anybody may send to the storage server: names, checksums, cut-off bodies, odd headers.

import { once } from 'node:events';
import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { Database } from '../../../mockup/platform/couch/database.ts';
import { silentLogger } from '../../../mockup/platform/log/logger.ts';
import type { Publication } from '../../../mockup/prompt/storage/announcer.ts';
import { objectsToAnnounce } from '../../../mockup/prompt/storage/objects/object-queries.ts';
import { type StorageServer, startStorageServer } from '../../../mockup/prompt/storage/server.ts';
import {
  createVirtualClock,
  type VirtualClock,
} from '../../../mockup/simulator/clock/virtual-clock.ts';
import { createSimulatedServer } from '../../../mockup/simulator/store/simulated-server.ts';

let directory: string;
let server: StorageServer;
let published: Publication[];

let clock: VirtualClock;
let database: Database;
let refuses: (publication: Publication) => boolean;

async function start(more: { stall_ms?: number } = {}): Promise<void> {
  server = await startStorageServer({
    ...{ clock, log: silentLogger, database, directory, ...more },
    ...{ host: '127.0.0.1', port: 0 },
    publish: async (publication) => {
      if (refuses(publication)) throw Object.assign(new Error('gone'), { code: 5 });
      published.push(publication);
    },
  });
}

beforeEach(async () => {
  directory = mkdtempSync(join(tmpdir(), 'storage-hostile-'));
  published = [];
  refuses = () => false;
  clock = createVirtualClock();
  const couch = createSimulatedServer({ clock });
  await clock.complete(couch.create('storage'));
  database = couch.open('storage');
  await start();
  await call('POST', '/storage/v1/b', { name: 'bucket-a' });
  await call('POST', '/storage/v1/b/bucket-a/notificationConfigs', {
    topic: '//pubsub.googleapis.com/projects/p/topics/t',
    payload_format: 'JSON_API_V1',
  });
});
afterEach(async () => {
  await server.close();
  rmSync(directory, { recursive: true });
});

async function call(method: string, path: string, body?: unknown, headers = {}) {
  const text = typeof body === 'string' ? body : JSON.stringify(body);
  const init = { method, headers, ...(body !== undefined && { body: text }) };
  const answer = await fetch(`${server.url}${path}`, init);
  const given = await answer.text();
  return { status: answer.status, text: given, headers: answer.headers };
}

const upload = (name: string, body = 'Test', headers = {}) =>
  call(
    'POST',
    `/upload/storage/v1/b/bucket-a/o?uploadType=media&name=${encodeURIComponent(name)}`,
    body,
    headers,
  );
const read = (name: string) =>
  call('GET', `/storage/v1/b/bucket-a/o/${encodeURIComponent(name)}?alt=media`);
const files = (): string[] => readdirSync(join(directory, 'content'));

describe('a name', () => {
  it.each([
    '../../../etc/passwd',
    'a/../b',
    '/absolute',
    'a//b',
    'a%2fb',
    'a%252fb',
    '%',
    '?alt=media',
    'a#b',
    'bucket:x',
    '_design/x',
    'ü/ñ/漢字',
    ' spaces ',
    'x'.repeat(1024),
    'é'.repeat(512),
    '__proto__',
    '.hidden',
  ])('is a key and never a path: %o', async (name) => {
    const before = readdirSync(directory).sort();
    expect((await upload(name)).status).toBe(200);
    expect((await read(name)).text).toBe('Test');
    const listed = JSON.parse((await call('GET', '/storage/v1/b/bucket-a/o')).text);
    expect(listed.items.map((item: { name: string }) => item.name)).toEqual([name]);
    await expect
      .poll(() => published.map((one) => one.attributes.objectId), { timeout: 60_000 })
      .toEqual([name]);
    expect(readdirSync(directory).sort()).toEqual(before);
    expect(files().every((file) => /^[0-9a-f-]{36}$/.test(file))).toBe(true);
    const path = `/storage/v1/b/bucket-a/o/${encodeURIComponent(name)}`;
    expect((await call('DELETE', path)).status).toBe(204);
    expect(files()).toEqual([]);
  });

  it.each(['', '.', '..', 'a\nb', 'a\rb', 'a\0b', 'x'.repeat(1025), 'é'.repeat(513), '\u{ffff}'])(
    'that is none is refused, and its bytes are not kept: %o',
    async (name) => {
      expect((await upload(name)).status).toBe(400);
      expect(files()).toEqual([]);
      expect(published).toEqual([]);
    },
  );

  it.each(['..', '../x', 'a/b', 'A', 'a..b', 'x'.repeat(64), '-a', 'a\n'])(
    'of a bucket that is none is refused: %o',
    async (name) => {
      expect((await call('POST', '/storage/v1/b', { name })).status).toBe(400);
    },
  );
});

describe('checksums', () => {
  it.each([
    ['crc32c=AAAAAA=='],
    ['md5=AAAAAAAAAAAAAAAAAAAAAA=='],
    ['crc32c=nonsense'],
    ['md5=,crc32c='],
  ])('that are wrong leave nothing: %s', async (hash) => {
    expect((await upload('a', 'Test', { 'x-goog-hash': hash })).status).toBe(400);
    expect((await read('a')).status).toBe(404);
    expect(files()).toEqual([]);
  });

  it('that are wrong keep what was there before', async () => {
    await upload('a', 'first');
    await upload('a', 'second', { 'x-goog-hash': 'crc32c=AAAAAA==' });
    expect((await read('a')).text).toBe('first');
    expect(files()).toHaveLength(1);
  });
});

describe('a body', () => {
  const raw = async (request: string): Promise<void> => {
    const { hostname, port } = new URL(server.url);
    const socket = connect(Number(port), hostname);
    await once(socket, 'connect');
    socket.write(request);
    // The server has begun to read it.
    await new Promise((resolve) => setTimeout(resolve, 50));
    socket.destroy();
    await once(socket, 'close');
  };
  const head = (type: string, content: string): string =>
    `POST /upload/storage/v1/b/bucket-a/o?uploadType=${type}&name=cut HTTP/1.1\r\n` +
    `Host: x\r\nContent-Type: ${content}\r\nContent-Length: 1000\r\n\r\n`;

  it.each([
    ['media', `${head('media', 'text/plain')}only a part`],
    [
      'multipart',
      `${head('multipart', 'multipart/related; boundary=b')}--b\r\n` +
        'Content-Type: application/json\r\n\r\n{"name":"cut"}\r\n--b\r\n' +
        'Content-Type: text/plain\r\n\r\nonly a part',
    ],
  ])('that is cut off leaves nothing: %s', async (_, request) => {
    await raw(request);
    await expect.poll(files, { timeout: 60_000 }).toEqual([]);
    expect((await read('cut')).status).toBe(404);
    expect(published).toEqual([]);
  });

  it.each([
    ['multipart/related', 'x'],
    ['multipart/related; boundary=', 'x'],
    ['multipart/related; boundary=b', ''],
    ['multipart/related; boundary=b', '--b\r\n\r\nnot json\r\n--b\r\n\r\nx\r\n--b--'],
    ['multipart/related; boundary=b', '--b\r\n\r\n{"name":"a"}\r\n--b--'],
    ['multipart/related; boundary=b', `--b\r\n\r\n{"name":"..."${' '.repeat(2_000_000)}`],
    [`multipart/related; boundary=${'b'.repeat(5000)}`, 'x'],
  ])('of several parts that can not be read is refused: %#', async (type, body) => {
    const path = '/upload/storage/v1/b/bucket-a/o?uploadType=multipart';
    const answer = await call('POST', path, body, { 'content-type': type });
    expect([400, 413]).toContain(answer.status);
    await expect.poll(files, { timeout: 60_000 }).toEqual([]);
  });

  it.each([
    'bytes 5-3/10',
    'bytes 0-9/5',
    'bytes 100-199/300',
    'bytes -1-3/10',
    'lines 1-2/3',
    'bytes 0-9999999999999999999999/*',
  ])(
    'of a resumable upload whose range is wrong is refused or asked for again: %s',
    async (range) => {
      const begin = '/upload/storage/v1/b/bucket-a/o?uploadType=resumable&name=r';
      const location = (await call('POST', begin, {})).headers.get('location') ?? '';
      const path = location.slice(server.url.length);
      const answer = await call('PUT', path, 'Test', { 'content-range': range });
      expect([308, 400]).toContain(answer.status);
      expect((await read('r')).status).toBe(404);
      expect((await call('PUT', path, 'Test', { 'content-range': 'bytes 0-3/4' })).status).toBe(
        200,
      );
      expect((await read('r')).text).toBe('Test');
    },
  );

  it.each(['', '../../content/x', '..', 'x'.repeat(32), `${'a'.repeat(31)}/`])(
    'for an upload that nobody began is refused: %o',
    async (id) => {
      const path = `/upload/storage/v1/b/bucket-a/o?upload_id=${encodeURIComponent(id)}`;
      expect((await call('PUT', path, 'Test')).status).toBe(404);
    },
  );
});

it.each(['bytes=5-2', 'bytes=99-', 'bytes=a-b', 'bytes=0-1,2-3', 'bytes=-0', 'x'])(
  'ranges that do not fit end nothing: %s',
  async (range) => {
    await upload('a', 'Test');
    const path = '/storage/v1/b/bucket-a/o/a?alt=media';
    const answer = await call('GET', path, undefined, { range });
    expect([200, 206, 416]).toContain(answer.status);
    expect((await read('a')).text).toBe('Test');
  },
);

it('idle connections stay open for longer than clients keep them in their pools', async () => {
  const answer = await call('GET', '/storage/v1/b');
  expect(answer.headers.get('keep-alive')).toBe('timeout=240');
});

it.each(['DELETE', 'PATCH', 'PUT'])(
  '%s of a generation that is gone leaves the object',
  async (method) => {
    await upload('a', 'first');
    const path = '/storage/v1/b/bucket-a/o/a';
    const { generation } = JSON.parse((await call('GET', path)).text);
    await upload('a', 'second');
    const body = method === 'DELETE' ? undefined : { contentType: 'x/y' };
    expect((await call(method, `${path}?generation=${generation}`, body)).status).toBe(404);
    expect((await read('a')).text).toBe('second');
    expect(JSON.parse((await call('GET', path)).text).metageneration).toBe('1');
    const now = JSON.parse((await call('GET', path)).text).generation;
    expect((await call(method, `${path}?generation=${now}`, body)).status).toBeLessThan(300);
  },
);

it('a source that is not as the caller says is neither copied nor joined', async () => {
  await upload('a', 'first');
  const { status } = await call(
    'POST',
    '/storage/v1/b/bucket-a/o/a/rewriteTo/b/bucket-a/o/b?ifSourceGenerationMatch=1',
    {},
  );
  expect(status).toBe(412);
  const sourceObjects = [{ name: 'a', objectPreconditions: { ifGenerationMatch: '1' } }];
  const joined = await call('POST', '/storage/v1/b/bucket-a/o/b/compose', { sourceObjects });
  expect(joined.status).toBe(412);
  expect((await read('b')).status).toBe(404);
});

it.each([
  [['a/1', 'a/2', 'a/3', 'b', 'c', 'd', 'e']],
  [['a/\uff21', 'a/\uff22', 'a/\u{10ffff}', 'b']],
])(
  'a list with a delimiter names each once, whatever the size of its pages: %o',
  async (names) => {
    for (const name of names) await upload(name);
    const whole = ['a/', ...names.filter((name) => !name.startsWith('a/'))];
    for (const size of [1, 2, 3, 4, 5]) {
      const got: string[] = [];
      let token: string | undefined = '';
      while (token !== undefined) {
        const query = `delimiter=/&maxResults=${size}&pageToken=${token}`;
        const { text } = await call('GET', `/storage/v1/b/bucket-a/o?${query}`);
        const page = JSON.parse(text);
        got.push(...page.prefixes, ...page.items.map((item: { name: string }) => item.name));
        token = page.nextPageToken;
      }
      expect(got).toEqual(whole);
    }
  },
);

describe('a field of an object', () => {
  const fields = ['contentType', 'contentEncoding', 'contentDisposition', 'cacheControl'];
  const bad = ['a\nb', 'a\r\nX: y', 'a\0b', 'datei-\u6f22.fits'];
  it.each(fields.flatMap((field) => bad.map((value) => [field, value] as const)))(
    'that no download could carry is refused when it is written: %s %o',
    async (field, value) => {
      await upload('a');
      const path = '/storage/v1/b/bucket-a/o/a';
      expect((await call('PATCH', path, { [field]: value })).status).toBe(400);
      expect((await read('a')).text).toBe('Test');
    },
  );
});

describe('a notification whose topic is gone', () => {
  const isGone = ({ topic }: Publication) => topic.endsWith('/gone');
  beforeEach(async () => {
    refuses = isGone;
    await call('POST', '/storage/v1/b/bucket-a/notificationConfigs', {
      topic: '//pubsub.googleapis.com/projects/p/topics/gone',
      payload_format: 'JSON_API_V1',
    });
    await call('POST', '/storage/v1/b/bucket-a/notificationConfigs', {
      topic: '//pubsub.googleapis.com/projects/p/topics/u',
      payload_format: 'JSON_API_V1',
    });
  });
  const topics = () => published.map(({ topic }) => topic.slice(-1)).sort();

  it('holds up neither the others nor a deletion, and is told of after a restart', async () => {
    await upload('a');
    await expect.poll(topics, { timeout: 60_000 }).toEqual(['t', 'u']);
    expect((await call('DELETE', '/storage/v1/b/bucket-a/o/a')).status).toBe(204);
    expect(files()).toEqual([]);
    await server.close();
    refuses = () => false;
    await start();
    await expect.poll(topics, { timeout: 60_000 }).toContain('e');
    const pending = () => database.allDocs({ startKey: 'pending:', endKey: 'pending;' });
    await expect.poll(pending, { timeout: 60_000 }).toEqual([]);
  });

  it('is given up after a while, or as soon as its configuration is deleted', async () => {
    const waiting = async () => (await database.find(objectsToAnnounce())).length;
    await upload('a');
    await expect.poll(topics, { timeout: 60_000 }).toEqual(['t', 'u']);
    expect(await waiting()).toBe(1);
    await clock.runFor(700_000);
    await expect.poll(waiting, { timeout: 60_000 }).toBe(0);
    await upload('b');
    await expect.poll(topics, { timeout: 60_000 }).toEqual(['t', 't', 'u', 'u']);
    await call('DELETE', '/storage/v1/b/bucket-a/notificationConfigs/2');
    await clock.runFor(20_000);
    await expect.poll(waiting, { timeout: 60_000 }).toBe(0);
  });
});

it('an upload that stands still is cut off', async () => {
  await server.close();
  await start({ stall_ms: 2000 });
  await call('GET', '/storage/v1/b');
  const { hostname, port } = new URL(server.url);
  const socket = connect(Number(port), hostname);
  await once(socket, 'connect');
  const closed = once(socket, 'close');
  socket.write(
    'POST /upload/storage/v1/b/bucket-a/o?uploadType=media&name=still HTTP/1.1\r\n' +
      'Host: x\r\nContent-Length: 1000\r\n\r\nonly a part',
  );
  socket.on('error', () => {});
  await closed;
  await expect.poll(files, { timeout: 60_000 }).toEqual([]);
});
