import { expect, it } from 'vitest';
import { removeFinishedMessages } from '../../../mockup/platform/bus/housekeeping.ts';
import type { Delivery } from '../../../mockup/platform/bus/message.ts';
import { createVirtualClock } from '../../../mockup/simulator/clock/virtual-clock.ts';
import { createSimulatedServer } from '../../../mockup/simulator/store/simulated-server.ts';

it('removes what its own site finished long ago, and nothing else', async () => {
  const clock = createVirtualClock({ start: '2026-01-10T00:00:00.000' });
  const server = createSimulatedServer({ clock });
  await server.create('msgq');
  const messages = server.open('msgq');
  const add = (name: string, state: Delivery['state'], site: string, finishedAt: string) =>
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
