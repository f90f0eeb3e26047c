// How the feed comes back: against a server that says what the test tells it to.

import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { expect, onTestFinished, test } from 'vitest';
import { createSystemClock } from '../../../mockup/platform/clock/system-clock.ts';
import type { Database } from '../../../mockup/platform/couch/database.ts';
import { ChangesFeed } from '../../../mockup/platform/couch/feeds/changes-feed.ts';
import { OutageRetry } from '../../../mockup/platform/couch/reaching/outage-retry.ts';
import { silentLogger } from '../../../mockup/platform/log/logger.ts';
import { createSeededRandom } from '../../../mockup/platform/random/seeded-random.ts';

/** Each request is answered with these changes, and then the connection is closed. */
async function serveChanges(ids: readonly string[]): Promise<string> {
  const server = createServer((_request, response) => {
    const lines = ids.map((id, seq) => JSON.stringify({ id, seq, changes: [{ rev: '1-a' }] }));
    response.end(`${lines.join('\n')}\n`);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  onTestFinished(() => {
    server.closeAllConnections();
    server.close();
  });
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

test('waits longer and longer where what it reads can not be taken', async () => {
  const url = await serveChanges(['one']);
  const delays: number[] = [];
  const { promise: enough, resolve } = Promise.withResolvers<void>();
  const clock = {
    ...createSystemClock(),
    sleep: async (delay_ms: number) => {
      delays.push(delay_ms);
      if (delays.length === 6) resolve();
    },
  };
  const random = { ...createSeededRandom('feed'), next: () => 1 };
  const outages = new OutageRetry({ clock, random, log: silentLogger, address: url });
  const feed = new ChangesFeed({
    copies: async () => 1,
    ...{ outages, address: { url, headers: {} }, since: '0' },
    database: { name: 'msgq' } as Database,
    onChanges: () => {
      throw new Error('not understood');
    },
  });
  await enough;
  await feed.stop();
  expect(delays.slice(0, 6)).toEqual([200, 400, 800, 1600, 3000, 3000]);
});

test('does not take a reader that is slow for a server that is silent', async () => {
  const url = await serveChanges(['one']);
  const { promise: taken, resolve } = Promise.withResolvers<void>();
  const running = new Set<symbol>();
  const system = createSystemClock();
  const clock = {
    ...system,
    timer: (delay_ms: number, work: () => void) => {
      const key = Symbol();
      running.add(key);
      const cancel = system.timer(delay_ms, work);
      return () => {
        running.delete(key);
        cancel();
      };
    },
  };
  const random = createSeededRandom('feed');
  const outages = new OutageRetry({ clock, random, log: silentLogger, address: url });
  let timers: number | undefined;
  const feed = new ChangesFeed({
    copies: async () => 1,
    ...{ outages, address: { url, headers: {} }, since: '0' },
    database: { name: 'msgq' } as Database,
    onChanges: async () => {
      timers ??= running.size;
      resolve();
    },
  });
  await taken;
  await feed.stop();
  expect(timers).toBe(0);
});
