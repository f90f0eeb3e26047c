// Messages between our bus and actors that save as the Python ones do, on a real server: each is
// handled once, whichever side sends, and no document is there twice.

import { beforeEach, expect, onTestFinished, test } from 'vitest';
import { createXtss } from '../../../mockup/actors/xtss/xtss.ts';
import { databaseNames } from '../../../mockup/core/databases.ts';
import { startCouchServer } from '../../../mockup/couch-server/server.ts';
import type { ActorPorts } from '../../../mockup/platform/actor/actor.ts';
import type { Bus } from '../../../mockup/platform/bus/bus.ts';
import { createBus } from '../../../mockup/platform/bus/create-bus.ts';
import {
  formerKeyedMessageId,
  type Holder,
  type Message,
  messageId,
} from '../../../mockup/platform/bus/message.ts';
import { createSystemClock } from '../../../mockup/platform/clock/system-clock.ts';
import type { DatabaseServer } from '../../../mockup/platform/couch/database.ts';
import { createNanoServer } from '../../../mockup/platform/couch/nano/nano-server.ts';
import { silentLogger } from '../../../mockup/platform/log/logger.ts';
import { createSystemRandom } from '../../../mockup/platform/random/system-random.ts';
import { requestChange } from '../../../mockup/platform/xtss/xtss-client.ts';
import { OriginalClient } from '../../actors/helpers/original-client.ts';
import { pythonOus, UID } from '../../actors/jao-world.ts';

const clock = createSystemClock();
const random = createSystemRandom();

let databases: DatabaseServer;
let original: OriginalClient;
let bus: Bus;

beforeEach(async () => {
  const server = await startCouchServer();
  onTestFinished(() => server.close());
  databases = createNanoServer(server.url, { clock, random, log: silentLogger });
  for (const name of [databaseNames.messages, databaseNames.statusEntities]) {
    await databases.create(name);
  }
  const ending = new AbortController();
  onTestFinished(() => ending.abort(new Error('the test is over')));
  original = new OriginalClient(server.url, ending.signal);
  bus = newBus('tester');
});

function newBus(actor: string): Bus {
  const self: Holder = { actor, site: 'JAO', machine: 'm', pid: 1, instance: random.hex(8) };
  const messages = databases.open(databaseNames.messages);
  const made = createBus({
    ...{ messages, clock, random, self, log: silentLogger, originIP: '127.0.0.1' },
    isHolderGone: () => false,
  });
  onTestFinished(() => made.close());
  return made;
}

function portsOf(name: string): ActorPorts {
  const activity = { begin: () => () => {}, count: () => {} };
  const ports = { site: 'JAO', name, clock, random, databases, activity, log: silentLogger };
  return { ...ports, bus: newBus(name) } as unknown as ActorPorts;
}

const allMessages = () => databases.open(databaseNames.messages).allDocs<Message>();
const generation = ({ _rev }: Message) => Number.parseInt(_rev, 10);

test('an original receiver takes each of our messages once', async () => {
  const creationTimestamp = '2026-01-05T00:00:00.000';
  for (const key of ['a', 'b']) await bus.send('cached.EU', { key }, { key, creationTimestamp });
  await bus.send('cached.EU', { key: 'c' });
  const bodies: unknown[] = [];
  for (let count = 0; count < 3; count++) bodies.push((await original.next('cached.EU')).body);
  expect(bodies).toEqual([{ key: 'a' }, { key: 'b' }, { key: 'c' }]);
  const messages = await allMessages();
  expect(messages.map(({ consumed }) => consumed)).toEqual([true, true, true]);
  expect(messages.map(generation)).toEqual([2, 2, 2]);
});

test('an original sender is heard, and no message of either side has another id', async () => {
  const got = Promise.withResolvers<unknown>();
  bus.receive('ingest.JAO', async (message) => got.resolve(message.body));
  await original.send('ingest.JAO', { ousUID: UID });
  expect(await got.promise).toEqual({ ousUID: UID });
  for (const { _id } of await allMessages()) {
    expect(_id).toMatch(/^\d{4}-\d\d-\d\dT\d\d_\d\d_\d\d\.\d{3}-[0-9a-f]{32}$/);
  }
});

test('our XTSS answers an original asker, which reads the answer once', async () => {
  await databases.open(databaseNames.statusEntities).put(pythonOus());
  const xtss = await createXtss(portsOf('xtss'));
  onTestFinished(() => xtss.stop());
  const ask = (value: string) =>
    original.call('xtss', { operation: 'set-state', ousUID: UID, value });
  expect(await ask('Processing')).toBe(201);
  expect(await ask('Verified')).toBe(409);
  const answers = (await allMessages()).filter(({ selector }) => selector !== 'xtss');
  expect(answers.map(({ consumed }) => consumed)).toEqual([true, true]);
  expect(answers.map(generation)).toEqual([2, 2]);
});

test('an original XTSS answers ours', async () => {
  const ports = portsOf('dra');
  const asked = requestChange(ports, { operation: 'set-state', ousUID: UID, value: 'Processing' });
  const { msgbackID, body } = await original.next('xtss');
  await original.send(String(msgbackID), 201);
  expect(await asked).toBe('done');
  expect(body).toEqual({ operation: 'set-state', ousUID: UID, value: 'Processing' });
  expect(await allMessages()).toHaveLength(2);
});

test('an original group is ours too, whatever its name', async () => {
  await bus.join('caches:all/.*', 'cached.EU');
  expect(await original.findOne('msgq', 'caches:all/.*')).toMatchObject({
    members: ['cached.EU'],
  });
  await bus.send('caches:all/.*', 'all');
  expect((await original.next('cached.EU')).body).toBe('all');
});

test('messages of an earlier version are received, and not sent again', async () => {
  const creationTimestamp = '2026-01-05T00:00:00.000';
  const message = { creationTimestamp, originIP: '', selector: 'ingest.JAO', consumed: false };
  const _id = formerKeyedMessageId('ingest.JAO', 'a', creationTimestamp);
  await databases.open(databaseNames.messages).put({ ...message, _id, body: 'a' });
  await bus.send('ingest.JAO', 'a', { key: 'a', creationTimestamp });
  await bus.send('ingest.JAO', 'b', { key: 'b', creationTimestamp });
  const got: unknown[] = [];
  const isAll = Promise.withResolvers<void>();
  bus.receive('ingest.JAO', async ({ body }) => {
    got.push(body);
    if (got.length === 2) isAll.resolve();
  });
  await isAll.promise;
  expect(got.toSorted()).toEqual(['a', 'b']);
  expect(await allMessages()).toHaveLength(2);
  expect(_id).not.toBe(messageId(creationTimestamp, _id.slice(-32)));
});
