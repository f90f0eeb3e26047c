// A request that comes twice is answered twice. Where the program that asked is gone meanwhile,
// and no other of its kind comes, the second answer must not stay unread for ever.

import { expect, test } from 'vitest';
import type { Document } from '../../../mockup/platform/couch/database.ts';
import { startDrawsLine } from '../../../mockup/simulator/scenarios/draws-line.ts';

test('the answer to a copy of a driver’s request does not stay unread', async () => {
  const line = await startDrawsLine({ seed: 'late answers', ous: 1, failureRate: 0 });
  await line.runToDelivered();
  const messages = line.world.network.host('EU').server.open('msgq');
  const all = await messages.allDocs<Document>();
  const request = all.find(
    ({ selector, sender }) => selector === 'xtss' && sender === 'pipeline-driver@EU',
  );
  const { _id = '', _rev, delivery, ...rest } = request ?? ({} as Document);
  await messages.put({ ...rest, _id: `${_id.slice(0, -32)}${'ab'.repeat(16)}`, consumed: false });
  await line.world.clock.runFor(30_000);
  const later = await messages.allDocs<Document>();
  expect(later.length).toBe(all.length + 2);
  expect(await line.check()).toEqual([]);
  await line.world.stop();
});
