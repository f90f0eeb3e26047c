import { afterEach, expect, it } from 'vitest';
import { formatTimestamp } from '../../../mockup/core/timestamps.ts';
import { removeFinishedMessages } from '../../../mockup/platform/bus/housekeeping.ts';
import type { MessageDelivery } from '../../../mockup/platform/bus/message.ts';
import { createSystemClock } from '../../../mockup/platform/clock/system-clock.ts';
import { createVirtualClock } from '../../../mockup/simulator/clock/virtual-clock.ts';
import { createSimulatedServer } from '../../../mockup/simulator/store/simulated-server.ts';
import { type EmbeddedBus, startEmbeddedBus } from './embedded-bus.ts';

let embedded: EmbeddedBus | undefined;

afterEach(async () => {
  await embedded?.close();
  embedded = undefined;
});

it('removes what its own site finished long ago, and nothing else', async () => {
  const clock = createVirtualClock({ start: '2026-01-10T00:00:00.000' });
  const server = createSimulatedServer({ clock });
  await server.create('msgq');
  const messages = server.open('msgq');
  const add = (name: string, state: MessageDelivery['state'], site: string, finishedAt: string) =>
    messages.put({
      _id: name,
      selector: 's',
      consumed: true,
      delivery: { state, finishedAt, holder: { site } },
    });
  const [long, recent] = ['2026-01-01T00:00:00.000', '2026-01-09T23:00:00.000'];
  await clock.complete(
    Promise.all([
      add('old', 'done', 'JAO', long),
      add('recent', 'done', 'JAO', recent),
      add('dead', 'dead', 'JAO', long),
      add('of another site', 'done', 'EU', long),
    ]),
  );
  const options = { messages, clock, site: 'JAO', age_ms: 24 * 3_600_000 };
  expect(await clock.complete(removeFinishedMessages(options))).toBe(1);
  const left = (await clock.complete(messages.allDocs())).map((doc) => doc._id);
  expect(left).toEqual(['dead', 'of another site', 'recent']);
});

const DAY_MS = 24 * 3_600_000;
const ago = (ms: number) => formatTimestamp(Date.now() - ms);

it('removes what Python actors took, by its sending, and keeps groups and what is unread', async () => {
  embedded = await startEmbeddedBus();
  const { messages } = embedded;
  const old = ago(8 * DAY_MS);
  const python = {
    creationTimestamp: old,
    originIP: '10.0.0.1',
    selector: 'cached.JAO',
    body: {},
  };
  await messages.bulk([
    { _id: 'taken', consumed: true, ...python },
    { _id: 'large', consumed: true, ...python, body: 'x'.repeat(1_000_000) },
    { _id: 'unread', consumed: false, ...python },
    { _id: 'recent', consumed: true, ...python, creationTimestamp: ago(DAY_MS) },
    { _id: 'listeners.*', members: ['a'] },
  ] as never);
  const options = { messages, clock: createSystemClock(), site: 'JAO', age_ms: 7 * DAY_MS };
  expect(await removeFinishedMessages(options)).toBe(2);
  const left = (await messages.allDocs()).map(({ _id }) => _id);
  expect(left.filter((id) => !id.startsWith('_'))).toEqual(['listeners.*', 'recent', 'unread']);
  const [lookup] = await messages.getMany(['taken']);
  expect(lookup).toEqual({ deleted: true });
});

it('removes rival revisions as well: one that stayed would be a message again', async () => {
  embedded = await startEmbeddedBus();
  const { messages, url } = embedded;
  const doc = {
    ...{ _id: 'rival', selector: 'cached.JAO', consumed: true, body: {} },
    creationTimestamp: ago(8 * DAY_MS),
  };
  const docs = ['1-aaaa', '1-bbbb'].map((_rev) => ({ ...doc, _rev, consumed: _rev > '1-b' }));
  const response = await fetch(`${url}/msgq/_bulk_docs`, {
    method: 'POST',
    headers: { 'Content-Type': 'application/json' },
    body: JSON.stringify({ new_edits: false, docs }),
  });
  expect(response.status).toBe(201);
  const options = { messages, clock: createSystemClock(), site: 'JAO', age_ms: 7 * DAY_MS };
  expect(await removeFinishedMessages(options)).toBe(2);
  expect(await messages.get('rival')).toBeUndefined();
});
