// The websocket: a snapshot, each change, what was missed, and clients that do not behave.

import { connect as connectSocket, type Socket } from 'node:net';
import { afterEach, expect, it } from 'vitest';
import { WebSocket } from 'ws';
import type { ServerMessage } from '../../../dashboard/protocol/live-messages.ts';
import { launchOus, type OusDocument, setState } from '../../../mockup/core/ous/ous.ts';
import { TestSite, until } from './site.ts';

let site: TestSite;
afterEach(() => site.stop());

const context = (second: number) => ({
  timestamp: `2026-07-01T10:00:${String(second).padStart(2, '0')}.000`,
  by: 'launcher@JAO',
});

function newOus(uid: string): OusDocument {
  return launchOus(undefined, uid, '2019.1.00263.S', context(0));
}

it('tells a page all there is, and then each change', async () => {
  const ous = newOus('uid://A/B/C');
  site = await TestSite.start({}, async (server) => {
    await server.open('status-entities').put(ous);
  });
  const page = await site.page();
  expect(page.messages[0]).toMatchObject({
    type: 'snapshot',
    config: { site: 'JAO', database: site.couch.url, hasCache: false },
  });
  expect(page.get('ous', ous._id)).toEqual({
    id: 'uid___A_B_C',
    uid: 'uid://A/B/C',
    progId: '2019.1.00263.S',
    state: 'ReadyForProcessing',
    substate: null,
    executive: null,
    recipe: null,
    reason: null,
    since_ms: Date.parse('2026-07-01T10:00:00.000Z'),
    changed_ms: Date.parse('2026-07-01T10:00:00.000Z'),
    runs: 0,
  });

  const database = site.server.open('status-entities');
  const stored = (await database.get<OusDocument>(ous._id)) as OusDocument;
  await database.put(setState(stored, 'Processing', context(5)) as OusDocument & { _id: string });
  await page.until(() => page.get('ous', ous._id)?.state === 'Processing');
  expect(page.get('ous', ous._id)).toMatchObject({
    runs: 1,
    since_ms: Date.UTC(2026, 6, 1, 10, 0, 5),
  });

  const current = (await database.get(ous._id)) as { _id: string; _rev: string };
  await database.put({ ...current, _deleted: true });
  await page.until(() => page.get('ous', ous._id) === undefined);
});

it('gives a page that comes back what it missed, and a stranger a snapshot', async () => {
  site = await TestSite.start();
  const first = await site.page();
  const { epoch, seq } = first;
  first.close();
  await site.put('status-entities', newOus('uid://A/B/C1'));
  await site.put('status-entities', newOus('uid://A/B/C2'));

  const again = await site.page(`?epoch=${epoch}&since=${seq}`);
  expect(again.messages[0]).toMatchObject({ type: 'resumed', epoch });
  await again.until(() => again.get('ous', 'uid___A_B_C2') !== undefined);
  expect(again.get('ous', 'uid___A_B_C1')?.uid).toBe('uid://A/B/C1');
  expect(again.messages.some(({ type }) => type === 'snapshot')).toBe(false);

  for (const query of [
    '?epoch=another&since=1',
    `?epoch=${epoch}&since=99999999`,
    `?epoch=${epoch}&since=-1`,
    `?epoch=${epoch}&since=x`,
    `?epoch=${epoch}`,
  ]) {
    const stranger = await site.page(query);
    expect(stranger.messages[0]?.type).toBe('snapshot');
    await stranger.until(() => stranger.get('ous', 'uid___A_B_C2') !== undefined);
  }
});

it('gives a page that was away for too long a snapshot', async () => {
  site = await TestSite.start();
  const { epoch, seq } = await site.page();
  const database = site.server.open('status-entities');
  const docs = Array.from({ length: 9000 }, (_, index) => newOus(`uid://A/B/C${index}`));
  for (let at = 0; at < docs.length; at += 1500) await database.bulk(docs.slice(at, at + 1500));
  await until(async () => (await site.metric(/^draws_ouss\{state="ReadyForP/)) === 9000);
  const page = await site.page(`?epoch=${epoch}&since=${seq}`);
  expect(page.messages[0]?.type).toBe('snapshot');
  expect(page.count('ous')).toBe(9000);
});

it('makes few frames of many changes, each with the newest of each thing only', async () => {
  site = await TestSite.start();
  const page = await site.page();
  const before = page.messages.length;
  const started = performance.now();
  const database = site.server.open('status-entities');
  const docs = Array.from({ length: 400 }, (_, index) => newOus(`uid://A/B/C${index}`));
  for (let at = 0; at < docs.length; at += 10) await database.bulk(docs.slice(at, at + 10));
  await page.until(() => page.count('ous') === 400);
  const frames = page.messages.length - before;
  const intervals = (performance.now() - started) / 100;
  expect(frames).toBeLessThanOrEqual(Math.ceil(intervals) + 2);
  for (const message of page.messages) {
    if (message.type !== 'changes') continue;
    const keys = message.changes.map((change) =>
      'value' in change ? `${change.kind} ${change.value.id}` : `${change.kind} ${change.removed}`,
    );
    expect(new Set(keys).size).toBe(keys.length);
  }
});

it('holds little for a page that does not read, and brings it up to date when it does', async () => {
  site = await TestSite.start();
  const port = Number(new URL(site.url).port);
  const slow = connectSocket({ port, host: '127.0.0.1' });
  site.add(() => slow.destroy());
  slow.write(
    `GET /api/live HTTP/1.1\r\nHost: 127.0.0.1:${port}\r\nUpgrade: websocket\r\n` +
      'Connection: Upgrade\r\nSec-WebSocket-Version: 13\r\n' +
      'Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n',
  );
  await new Promise((resolve) => slow.once('readable', resolve));
  slow.pause();

  const database = site.server.open('status-entities');
  const long = 'x'.repeat(250);
  for (let round = 0; round < 25; round++) {
    const docs = Array.from({ length: 1000 }, (_, index) => ({
      ...newOus(`uid://A/B/C${round * 1000 + index}`),
      progID: long,
    }));
    await database.bulk(docs);
  }
  const quick = await site.page();
  await quick.until(() => quick.count('ous') === 25_000);

  const known = new Set<string>();
  let types = '';
  await readMessages(slow, (message) => {
    types += `${message.type} `;
    if (message.type === 'snapshot') for (const { id } of message.all.ous) known.add(id);
    if (message.type !== 'changes') return message.seq >= quick.seq;
    for (const change of message.changes) {
      if (change.kind === 'ous' && 'value' in change) known.add(change.value.id);
    }
    return message.seq >= quick.seq;
  });
  expect(known.size).toBe(25_000);
  expect(types).toMatch(/changes .*snapshot/);
}, 60_000);

it('refuses pages of other origins, unknown hosts and other addresses', async () => {
  site = await TestSite.start({ hostNames: ['jao-host'] });
  const { host, port } = new URL(site.url);
  const outcome = (path: string, headers: Record<string, string>) =>
    new Promise<string>((resolve) => {
      const socket = new WebSocket(`ws://${host}${path}`, { headers });
      socket.once('open', () => {
        socket.terminate();
        resolve('open');
      });
      socket.once('unexpected-response', (_request, response) => {
        resolve(String(response.statusCode));
        socket.terminate();
      });
      socket.on('error', () => {});
    });
  const live = '/api/live';
  expect(await outcome(live, { Origin: 'http://evil.example' })).toBe('403');
  expect(await outcome(live, { Origin: `http://${host}.evil.example` })).toBe('403');
  expect(await outcome(live, { Origin: `http://127.0.0.1:${Number(port) + 1}` })).toBe('403');
  expect(await outcome(live, { Origin: `file://${host}` })).toBe('403');
  expect(await outcome(live, { Origin: 'null' })).toBe('403');
  const evil = { Host: `evil.example:${port}`, Origin: `http://evil.example:${port}` };
  expect(await outcome(live, evil)).toBe('403');
  expect(await outcome('/elsewhere', {})).toBe('404');
  expect(await outcome(live, { Origin: `http://${host}` })).toBe('open');
  const named = { Host: `jao-host:${port}`, Origin: `http://jao-host:${port}` };
  expect(await outcome(live, named)).toBe('open');
  expect(await outcome(live, {})).toBe('open');
});

it('closes a page that talks too much, and lives on', async () => {
  site = await TestSite.start();
  const chatty = await site.page();
  const closed = new Promise<number>((resolve) => chatty.socket.once('close', resolve));
  for (let count = 0; count < 200; count++) chatty.socket.send('hello');
  expect(await closed).toBe(1008);
  const large = await site.page();
  const ended = new Promise<number>((resolve) => large.socket.once('close', resolve));
  large.socket.send('x'.repeat(10_000));
  expect([1006, 1009]).toContain(await ended);
  await site.put('status-entities', newOus('uid://A/B/C'));
  const page = await site.page();
  await page.until(() => page.get('ous', 'uid___A_B_C') !== undefined);
});

/** Reads websocket frames of a server (not masked) until `take` says that it was the last. */
function readMessages(socket: Socket, take: (message: ServerMessage) => boolean): Promise<void> {
  let bytes = Buffer.alloc(0);
  let isOpen = false;
  return new Promise((resolve, reject) => {
    socket.on('close', () => reject(new Error('closed before')));
    socket.on('data', (chunk) => {
      bytes = Buffer.concat([bytes, chunk]);
      if (!isOpen) {
        const end = bytes.indexOf('\r\n\r\n');
        if (end < 0) return;
        isOpen = true;
        bytes = bytes.subarray(end + 4);
      }
      for (;;) {
        const frame = readFrame(bytes);
        if (!frame) return;
        bytes = bytes.subarray(frame.length);
        if (frame.opcode !== 1) continue;
        const message = JSON.parse(frame.payload.toString()) as ServerMessage;
        if (take(message)) return resolve();
      }
    });
    socket.resume();
  });
}

function readFrame(bytes: Buffer) {
  if (bytes.length < 2) return undefined;
  const short = (bytes[1] ?? 0) & 127;
  const header = short === 127 ? 10 : short === 126 ? 4 : 2;
  if (bytes.length < header) return undefined;
  const size =
    short === 127
      ? Number(bytes.readBigUInt64BE(2))
      : short === 126
        ? bytes.readUInt16BE(2)
        : short;
  if (bytes.length < header + size) return undefined;
  const payload = bytes.subarray(header, header + size);
  return { opcode: (bytes[0] ?? 0) & 15, payload, length: header + size };
}
