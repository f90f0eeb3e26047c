// Every request is told of, also those that no instance ever gets.

import { expect, it } from 'vitest';
import { createSystemClock } from '../../../mockup/platform/clock/system-clock.ts';
import { silentLogger } from '../../../mockup/platform/log/logger.ts';
import { startCloudRun } from '../../../mockup/prompt/cloud-run/cloud-run.ts';

it('tells of a request that waits, and of one that is refused', async () => {
  const ended = Promise.withResolvers<string>();
  const received: string[] = [];
  const run = await startCloudRun({
    ...{ clock: createSystemClock(), log: silentLogger, host: '127.0.0.1', port: 0 },
    ...{ minimum: 0, maximum: 1, concurrency: 1, queue: 1, requestLimit_s: 60, idle_s: 60 },
    start: () => ({
      pid: 1,
      listening: new Promise<number>(() => {}),
      ended: ended.promise,
      stop: () => ended.resolve('stopped'),
      kill: () => ended.resolve('killed'),
    }),
    onReceived: ({ url, body }) => void received.push(`${url} ${body}`),
  });
  const post = (body: string) => fetch(`${run.url}/next-visit?token=t`, { method: 'POST', body });
  const waiting = [post('a').catch(() => {})];
  await expect.poll(() => received.length, { timeout: 60_000 }).toBe(1);
  waiting.push(post('b').catch(() => {}));
  await expect.poll(() => received.length, { timeout: 60_000 }).toBe(2);
  expect((await post('c')).status).toBe(429);
  expect(received).toEqual(['a', 'b', 'c'].map((body) => `/next-visit?token=t ${body}`));
  await run.close();
  await Promise.all(waiting);
});
