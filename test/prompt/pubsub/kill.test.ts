// The server is killed while a publisher publishes and a puller acknowledges. What was answered is
// there after each restart, until it is acknowledged. The long programme (DRAWS_LONG=1) kills 30 times.

import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { afterEach, expect, test, vi } from 'vitest';
import { startCouchServer } from '../../../mockup/couch-server/server.ts';
import { createSeededRandom } from '../../../mockup/platform/random/seeded-random.ts';

const ROUNDS = process.env.DRAWS_LONG === '1' ? 30 : 3;
const PROGRAM = join(import.meta.dirname, '../../../mockup/cli/prompt-proto.mjs');
const TOPIC = 'projects/prompt-proto/topics/visits';
const SUBSCRIPTION = 'projects/prompt-proto/subscriptions/visits-sub';

vi.setConfig({ testTimeout: 300_000 });

let child: ChildProcess | undefined;

afterEach(() => {
  child?.kill('SIGKILL');
});

async function start(couch: string): Promise<string> {
  const started = spawn(process.execPath, [PROGRAM, 'pubsub', '--port', '0'], {
    env: { ...process.env, COUCHDB_URL: couch },
    stdio: ['ignore', 'pipe', 'ignore'],
  });
  child = started;
  for await (const line of createInterface({ input: started.stdout })) {
    const [, url] = /listening on (http:\S+)/.exec(line) ?? [];
    if (url !== undefined) return `${url}/v1`;
  }
  throw new Error('the server ended before it listened');
}

async function kill(): Promise<void> {
  const ended = once(child as ChildProcess, 'exit');
  child?.kill('SIGKILL');
  await ended;
}

/** Undefined where the server died before it answered. */
async function call(url: string, method: string, body: unknown) {
  try {
    const answer = await fetch(url, { method, body: JSON.stringify(body) });
    const given = (await answer.json()) as Record<string, unknown>;
    if (answer.status !== 200) throw new TypeError(JSON.stringify(given));
    return given;
  } catch (error) {
    if (child?.exitCode === null && child.signalCode === null && !child.killed) throw error;
    return undefined;
  }
}

interface Pulled {
  receivedMessages?: { ackId: string; message: { data: string } }[];
}

async function pull(url: string): Promise<Map<string, string>> {
  const request = { maxMessages: 1000, returnImmediately: true };
  const answer = (await call(`${url}/${SUBSCRIPTION}:pull`, 'POST', request)) as
    | Pulled
    | undefined;
  return new Map(
    (answer?.receivedMessages ?? []).map(({ ackId, message }) => [
      Buffer.from(message.data, 'base64').toString(),
      ackId,
    ]),
  );
}

test('an answered publish is delivered until it is acknowledged, over kills', async () => {
  const couch = await startCouchServer();
  const random = createSeededRandom(process.env.DRAWS_SEED ?? '1');
  const published = new Set<string>();
  const acknowledged = new Set<string>();
  /** Sent, but the server died before it answered: done or not done. */
  const unsure = new Set<string>();
  let url = await start(couch.url);
  await call(`${url}/${TOPIC}`, 'PUT', {});
  await call(`${url}/${SUBSCRIPTION}`, 'PUT', { topic: TOPIC, ackDeadlineSeconds: 600 });
  for (let round = 0; round < ROUNDS; round++) {
    const calls = 3 + Math.floor(random.next() * 40);
    const inAir = Array.from({ length: calls }, async (_, n) => {
      const text = `${round}-${n}`;
      const messages = [{ data: Buffer.from(text).toString('base64') }];
      if (await call(`${url}/${TOPIC}:publish`, 'POST', { messages })) published.add(text);
    });
    // After so many answers the process is killed, while the others are under way.
    await Promise.all(inAir.slice(0, Math.floor(calls * random.next())));
    const got = await pull(url);
    const some = [...got].filter(() => random.next() < 0.3);
    for (const [text] of some) unsure.add(text);
    const answered = call(`${url}/${SUBSCRIPTION}:acknowledge`, 'POST', {
      ackIds: some.map(([, ackId]) => ackId),
    });
    if (some.length > 0 && random.next() < 0.7 && (await answered)) {
      for (const [text] of some) acknowledged.add(text);
    }
    await kill();
    await Promise.all([...inAir, answered]);
    url = await start(couch.url);
  }
  const left = new Set((await pull(url)).keys());
  const lost = [...published].filter((text) => !left.has(text) && !unsure.has(text));
  expect(lost, 'published, answered, and lost').toEqual([]);
  expect(
    [...acknowledged].filter((text) => left.has(text)),
    'came again',
  ).toEqual([]);
  expect(published.size).toBeGreaterThan(0);
  await kill();
  await couch.close();
});
