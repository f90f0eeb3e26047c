// One watch of a database, with a database that answers when the test says so.

import { getEventListeners } from 'node:events';
import { expect, it, vi } from 'vitest';
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

it('leaves nothing behind for each outage', async () => {
  const signals = new Set<AbortSignal>();
  const add = AbortSignal.prototype.addEventListener;
  const spy = vi.spyOn(AbortSignal.prototype, 'addEventListener');
  spy.mockImplementation(function (this: AbortSignal, ...args: unknown[]) {
    signals.add(this);
    Reflect.apply(add, this, args);
  });
  let outages = 0;
  const { promise: enough, resolve } = Promise.withResolvers<void>();
  const database = {
    name: 'ngas',
    info: async () => ({ updateSeq: '0', docCount: 0 }),
    follow: ({ onState }: { onState(error: Error | undefined): void }) => {
      if (++outages < 30) queueMicrotask(() => onState(undefined));
      else resolve();
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
  const server = { address: 'http://localhost:1' } as DatabaseServer;
  const watchPorts = { ...ports, model: new LiveModel(), server, turns: new Gate(1) };
  const watch = new DatabaseWatch(watchPorts, database, sink);
  await enough;
  spy.mockRestore();
  const counts = [...signals].map((signal) => getEventListeners(signal, 'abort').length);
  expect(Math.max(...counts)).toBe(1);
  await watch.stop();
});
