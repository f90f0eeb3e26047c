// A message may be nested deeper than any stack: it is dead at once, its asker is told, nobody is stopped.

import { afterEach, beforeEach, expect, it } from 'vitest';
import type { Message } from '../../../mockup/platform/bus/message.ts';
import { KeptBodies } from '../../../mockup/platform/bus/receiving/kept-bodies.ts';
import type { Database } from '../../../mockup/platform/couch/database.ts';
import { PageSize } from '../../../mockup/platform/couch/feeds/page-size.ts';
import { textOf, writeInBatches } from '../../../mockup/platform/couch/nano/bulk-batches.ts';
import { type EmbeddedBus, startEmbeddedBus } from './embedded-bus.ts';

const DEPTH = 200_000;
const MSGBACK = 'a'.repeat(32);
const nested = JSON.parse(`${'['.repeat(DEPTH)}${']'.repeat(DEPTH)}`) as unknown;

let embedded: EmbeddedBus;

beforeEach(async () => {
  embedded = await startEmbeddedBus();
});

afterEach(() => embedded.close());

it('is measured, kept out of memory, and refused alone where it can not be written', async () => {
  const message = { _id: 'm', body: nested } as Message;
  expect(new KeptBodies().keep(message).body).toBeUndefined();
  new PageSize().learn([message]);
  const texts = [{ _id: 'a' }, message, { _id: 'b' }].map(textOf);
  const results = await writeInBatches(texts, async (batch) =>
    batch.map(({ id }) => ({ id, ok: true, rev: '1-a' })),
  );
  expect(results).toMatchObject([
    { id: 'a', ok: true },
    { id: 'm', ok: false, error: 'bad_request' },
    { id: 'b', ok: true },
  ]);
});

it('leaves a receiver going on', async () => {
  const { messages } = embedded;
  const message = (_id: string, body: unknown) => ({
    ...{ _id, creationTimestamp: _id, originIP: '', selector: 's', consumed: false, body },
    ...(_id === '1 deep' && { msgbackID: MSGBACK }),
  });
  await messages.put(message('1 deep', 'as the server has it'));
  await messages.put(message('2 proper', 'before'));
  // What a server of another kind gives.
  const deepened = <T extends { _id: string; body?: unknown }>(doc: T): T =>
    doc._id === '1 deep' ? { ...doc, body: nested } : doc;
  const find = messages.findInPages.bind(messages);
  const getMany = messages.getMany.bind(messages);
  Object.assign(messages, {
    findInPages: (query: never, take: (docs: never[]) => void) =>
      find(query, (docs) => take(docs.map(deepened as never) as never[])),
    getMany: async (ids: readonly string[]) =>
      (await getMany(ids)).map((one) => ('doc' in one ? { ...one, doc: deepened(one.doc) } : one)),
  } as unknown as Partial<Database>);
  const got: unknown[] = [];
  const { promise: both, resolve } = Promise.withResolvers<void>();
  const receiver = embedded.join('xtss').receive('s', async ({ body }) => {
    got.push(body);
    if (got.length === 2) resolve();
  });
  await receiver.ready;
  await messages.put(message('3 later', 'after'));
  await both;
  expect(got).toEqual(['before', 'after']);
  await receiver.stop();
  expect(await messages.get('1 deep')).toMatchObject({
    consumed: true,
    body: { error: 'unwritable', revision: expect.stringMatching(/^1-/) },
    delivery: { state: 'dead', error: expect.stringContaining('can’t be written') },
  });
  // Whoever asked is told; nobody tries it again.
  const answers = await messages.find<Message>({ selector: { selector: MSGBACK } });
  expect(answers).toMatchObject([{ failure: expect.stringContaining('can’t be written') }]);
});
