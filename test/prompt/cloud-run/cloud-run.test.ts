// Instances on demand: as many as there may be, one request each, a bounded queue before them, a time
// limit after which an instance is killed. Instances are servers in this process.

import { once } from 'node:events';
import { createServer, request, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { createSystemClock } from '../../../mockup/platform/clock/system-clock.ts';
import { silentLogger } from '../../../mockup/platform/log/logger.ts';
import {
  type CloudRun,
  type CloudRunOptions,
  type LostRequest,
  startCloudRun,
} from '../../../mockup/prompt/cloud-run/cloud-run.ts';
import type { InstanceProcess } from '../../../mockup/prompt/cloud-run/instance.ts';

vi.setConfig({ testTimeout: 120_000 });

interface FakeInstance {
  name: string;
  server: Server;
  /** Requests that wait for their answer. */
  open: ServerResponse[];
  kill(): void;
}

let run: CloudRun;
let instances: FakeInstance[];
let lost: LostRequest[];
let killed: string[];

beforeEach(() => {
  instances = [];
  lost = [];
  killed = [];
});
afterEach(async () => {
  await run.close();
});

function startInstance(name: string): InstanceProcess {
  const open: ServerResponse[] = [];
  const server = createServer((incoming, response) => {
    incoming.resume();
    open.push(response);
  });
  server.listen(0, '127.0.0.1');
  const ended = once(server, 'close').then(() => 'SIGKILL');
  const end = (): void => {
    server.close();
    server.closeAllConnections();
  };
  const kill = (): void => {
    killed.push(name);
    end();
  };
  instances.push({ name, server, open, kill: end });
  const listening = once(server, 'listening').then(() => (server.address() as AddressInfo).port);
  return { pid: instances.length, listening, ended, stop: end, kill };
}

async function start(more: Partial<CloudRunOptions> = {}): Promise<void> {
  run = await startCloudRun({
    ...{ clock: createSystemClock(), log: silentLogger, host: '127.0.0.1', port: 0 },
    ...{ minimum: 0, maximum: 2, concurrency: 1, queue: 2, requestLimit_s: 60, idle_s: 60 },
    start: startInstance,
    onLost: async (one) => void lost.push(one),
    ...more,
  });
}

const post = (body = 'x') => fetch(`${run.url}/next-visit?token=t`, { method: 'POST', body });
const patient = { timeout: 60_000 };
const waiting = (): number => instances.reduce((sum, { open }) => sum + open.length, 0);
const answerOne = (): void => {
  for (const { open } of instances) {
    const response = open.shift();
    if (response) return void response.end('done');
  }
};

it('starts an instance for each request, up to the most, and refuses what its queue can’t hold', async () => {
  await start();
  const answers = Array.from({ length: 4 }, () => post());
  await expect.poll(waiting, patient).toBe(2);
  await expect.poll(() => run.counts.queued, patient).toBe(2);
  const refused = await post();
  expect([refused.status, refused.headers.get('retry-after')]).toEqual([429, '1']);
  expect(run.counts).toMatchObject({ busy: 2, idle: 0, cold: 0 });
  for (let n = 0; n < 4; n++) {
    await expect.poll(waiting, patient).toBeGreaterThan(0);
    answerOne();
  }
  expect((await Promise.all(answers)).map(({ status }) => status)).toEqual([200, 200, 200, 200]);
  expect(instances).toHaveLength(2);
  expect(run.counts).toMatchObject({ busy: 0, idle: 2, queued: 0 });
});

it('kills an instance whose request takes too long, and says so before it answers', async () => {
  await start({ requestLimit_s: 0.3 });
  const answer = await post('the body');
  expect(answer.status).toBe(504);
  expect(killed).toEqual(['instance-1']);
  expect(lost).toMatchObject([{ instance: 'instance-1', pid: 1, outcome: 'limit' }]);
  expect(lost[0]?.body.toString()).toBe('the body');
  expect(run.counts).toMatchObject({ busy: 0, idle: 0, cold: 0 });
  const next = post();
  await expect.poll(() => instances[1]?.open.length, patient).toBe(1);
  answerOne();
  instances[1]?.open.shift()?.end();
  await next;
});

it('says which request an instance lost that died', async () => {
  await start();
  const answer = post('lost');
  await expect.poll(waiting, patient).toBe(1);
  instances[0]?.kill();
  expect((await answer).status).toBe(500);
  expect(lost).toMatchObject([{ instance: 'instance-1', outcome: 'died' }]);
});

it('brings a request to its end whose caller went away, and is busy until then', async () => {
  await start({ maximum: 1 });
  const { hostname, port } = new URL(run.url);
  const gone = request({ hostname, port, method: 'POST', path: '/next-visit' });
  gone.on('error', () => {});
  gone.end('x');
  await expect.poll(waiting, patient).toBe(1);
  gone.destroy();
  await new Promise<void>((resolve) => gone.once('close', () => resolve()));
  const next = post();
  await expect.poll(() => run.counts, patient).toMatchObject({ busy: 1, queued: 1 });
  expect(waiting()).toBe(1);
  answerOne();
  await expect.poll(waiting, patient).toBe(1);
  answerOne();
  expect((await next).status).toBe(200);
  expect([lost, killed]).toEqual([[], []]);
});

it('keeps the least that there must be, and ends others that are idle', async () => {
  await start({ minimum: 1, idle_s: 0.2 });
  await expect.poll(() => run.counts.idle, patient).toBe(1);
  const answers = [post(), post()];
  await expect.poll(waiting, patient).toBe(2);
  answerOne();
  answerOne();
  await Promise.all(answers);
  await expect.poll(() => run.pids.length, patient).toBe(1);
  instances.find(({ server }) => server.listening)?.kill();
  await expect.poll(() => instances.length, patient).toBe(3);
  await expect.poll(() => run.counts.idle, patient).toBe(1);
});

it('reads no body without an end', async () => {
  await start();
  const answer = await post('x'.repeat(2_000_000)).catch(() => undefined);
  expect([413, undefined]).toContain(answer?.status);
  expect(instances).toEqual([]);
});
