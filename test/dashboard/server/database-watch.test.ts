// One watch of a database, with a database that answers when the test says so.

import { expect, it } from 'vitest';
import { LiveModel } from '../../../dashboard/server/model/live-model.ts';
import { DatabaseWatch } from '../../../dashboard/server/watch/database-watch.ts';
import { Gate } from '../../../dashboard/server/watch/gate.ts';
import type { Database, DatabaseServer } from '../../../mockup/platform/couch/database.ts';
import { ports } from './site.ts';

it('ends also where it is stopped while an empty database is read', async () => {
  let answer = () => {};
  const asked = new Promise<void>((resolve) => {
    answer = resolve;
  });
  let feeds = 0;
  const database = {
    name: 'ngas',
    info: () => asked.then(() => ({ updateSeq: '0', docCount: 0 })),
    follow: () => {
      feeds += 1;
      return { stop: async () => {} };
    },
  } as unknown as Database;
  const sink = {
    read: async function* () {},
    put: () => {},
    remove: () => {},
    ids: () => [],
    size: () => 0,
  };
  const model = new LiveModel();
  const server = { address: 'http://localhost:1' } as DatabaseServer;
  const watchPorts = { ...ports, model, server, turns: new Gate(1) };
  const watch = new DatabaseWatch(watchPorts, database, sink);
  const stopped = watch.stop();
  answer();
  await stopped;
  expect(feeds).toBe(0);
  expect(model.get('feed', 'ngas')?.state).toBe('loading');
});
