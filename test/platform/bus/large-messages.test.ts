// Many large messages: what counts is bytes. Receivers are processes with little memory, on the
// embedded server.

import { join } from 'node:path';
import { execa } from 'execa';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { startCouchServer } from '../../../mockup/couch-server/server.ts';
import type { Message } from '../../../mockup/platform/bus/message.ts';
import { KeptBodies } from '../../../mockup/platform/bus/receiving/kept-bodies.ts';
import { createSystemClock } from '../../../mockup/platform/clock/system-clock.ts';
import type { Database } from '../../../mockup/platform/couch/database.ts';
import { createNanoServer } from '../../../mockup/platform/couch/nano/nano-server.ts';
import { silentLogger } from '../../../mockup/platform/log/logger.ts';
import { createSystemRandom } from '../../../mockup/platform/random/system-random.ts';
import { initDatabases } from '../../../mockup/replication/init-databases.ts';

/** A report of the size that stopped AQUA; less memory than half of them take. */
const LARGE_BYTES = 1_330_000;
const MESSAGES = 45;
const MEMORY_MB = 48;
const limit = { timeout: 180_000 };

let server: Awaited<ReturnType<typeof startCouchServer>>;
let messages: Database;

beforeEach(async () => {
  server = await startCouchServer({});
  const options = {
    clock: createSystemClock(),
    random: createSystemRandom(),
    log: silentLogger,
  };
  const nano = createNanoServer(server.url, options);
  await initDatabases(nano);
  messages = nano.open('msgq');
});

afterEach(() => server.close());

async function write(count: number, more: Record<string, unknown>): Promise<void> {
  const text = 'x'.repeat(LARGE_BYTES);
  for (let n = 0; n < count; n++) {
    const creationTimestamp = `2026-01-05T00:00:00.${String(n).padStart(3, '0')}`;
    await messages.put({
      ...{ _id: `${creationTimestamp}-${n}`, creationTimestamp, originIP: '127.0.0.1' },
      ...{ selector: 'big', consumed: false, body: { n, text }, ...more },
    } as { _id: string });
  }
}

const receive = (count: number, concurrency: number) =>
  execa(
    process.execPath,
    [
      `--max-old-space-size=${MEMORY_MB}`,
      join(import.meta.dirname, 'fixture-receiver.ts'),
      ...[server.url, String(count), String(concurrency)],
    ],
    { reject: false },
  );

async function states(): Promise<unknown[]> {
  const fields = ['_id', 'delivery.state'];
  const found = await messages.find<Message>({ selector: { selector: 'big' }, fields });
  return found.map(({ delivery }) => delivery?.state);
}

it('a receiver that takes 64 at a time starts in little memory', limit, async () => {
  await write(MESSAGES, {});
  const { stdout, exitCode, stderr } = await receive(MESSAGES, 64);
  expect([stdout, exitCode], stderr.slice(0, 1000)).toEqual([String(MESSAGES), 0]);
  expect(await states()).toEqual(Array(MESSAGES).fill('done'));
});

it('answers to a process that is gone are cleared away in little memory', limit, async () => {
  const asker = { actor: 'receiver', site: 'JAO', machine: '', pid: 1, instance: 'gone' };
  await write(MESSAGES, { selector: 'a'.repeat(32), answerTo: 'receiver@JAO', asker });
  await write(1, { _id: 'last', selector: 'big' });
  const { stdout, exitCode, stderr } = await receive(1, 1);
  expect([stdout, exitCode], stderr.slice(0, 1000)).toEqual(['1', 0]);
});

it('a query comes in pages of a bounded size', limit, async () => {
  const text = 'x'.repeat(200_000);
  await messages.bulk(
    Array.from({ length: 60 }, (_, n) => ({ _id: `m${n}`, selector: 'page', text })),
  );
  const pages: number[] = [];
  const ids = new Set<string>();
  await messages.findInPages({ selector: { selector: 'page' } }, (docs) => {
    pages.push(docs.length);
    for (const { _id } of docs) ids.add(_id);
  });
  expect(ids.size).toBe(60);
  expect(Math.max(...pages)).toBeLessThanOrEqual(20);
});

it('what a receiver keeps of waiting messages has a bound', () => {
  const bodies = new KeptBodies();
  const waiting = Array.from({ length: 1000 }, (_, n) => {
    return { _id: `${n}`, body: { text: 'x'.repeat(50_000) } } as unknown as Message;
  }).map((message) => bodies.keep(message));
  const whole = waiting.filter((message) => !bodies.isLeft(message));
  expect(whole.length).toBeGreaterThan(100);
  expect(whole.length * 50_000).toBeLessThan(16_000_000);
  expect(waiting.every((message) => bodies.sizeOf(message) > 50_000)).toBe(true);
  for (const message of waiting) bodies.release(message);
  const again = bodies.keep({ _id: 'n', body: { text: 'x'.repeat(50_000) } } as never);
  expect(bodies.isLeft(again)).toBe(false);
});
