// An answer that the database refuses for its size becomes an error answer, once, and holds up none
// of those that are written together with it.

import { afterEach, beforeEach, expect, it } from 'vitest';
import type { Message } from '../../../mockup/platform/bus/message.ts';
import { type EmbeddedBus, startEmbeddedBus } from './embedded-bus.ts';

let embedded: EmbeddedBus;

beforeEach(async () => {
  embedded = await startEmbeddedBus({ limits: { maxDocumentSize: 50_000 } });
});

afterEach(() => embedded.close());

it('becomes an error answer, and its neighbours get theirs', async () => {
  const handled: unknown[] = [];
  const server = embedded.join('xtss');
  await server.serve(
    'xtss',
    async ({ body }) => {
      handled.push(body);
      return body === 7 ? 'x'.repeat(100_000) : body;
    },
    { concurrency: 16 },
  ).ready;
  const asker = embedded.join('dra');
  const asked = Array.from({ length: 12 }, (_, n) =>
    asker.call('xtss', n, { timeLimit_ms: 60_000 }).catch((error) => error.code),
  );
  const answers = await Promise.all(asked);
  expect(answers).toEqual(answers.map((_, n) => (n === 7 ? 'answer_not_sent' : n)));
  expect(handled.toSorted((a, b) => Number(a) - Number(b))).toEqual(answers.map((_, n) => n));
  await asker.close();
  await server.close();
  const all = await embedded.messages.allDocs<Message>();
  const messages = all.filter(({ selector }) => typeof selector === 'string');
  expect(messages).toHaveLength(24);
  expect(messages.every(({ delivery }) => delivery?.state === 'done')).toBe(true);
  const failures = messages.filter(({ failure }) => failure !== undefined);
  expect(failures).toHaveLength(1);
  expect(failures[0]?.body).toMatchObject({ error: 'answer_not_sent' });
});

it('a request that is too large fails at once, and a message too', async () => {
  const asker = embedded.join('dra');
  const large = 'x'.repeat(100_000);
  await expect(asker.call('xtss', large)).rejects.toMatchObject({ code: 'send_failed' });
  await expect(asker.send('cached.JAO', large)).rejects.toMatchObject({ code: 'send_failed' });
  expect(await embedded.messages.find({ selector: { consumed: false } })).toEqual([]);
});
