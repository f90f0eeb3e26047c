// The bus on a cluster of three copies: claims are exclusive though compare-and-set is not.

import { expect, onTestFinished, test } from 'vitest';
import type { Bus } from '../../../mockup/platform/bus/bus.ts';
import { createBus } from '../../../mockup/platform/bus/create-bus.ts';
import type { Message } from '../../../mockup/platform/bus/message.ts';
import type { Database } from '../../../mockup/platform/couch/database.ts';
import {
  createDocument,
  updateDocument,
} from '../../../mockup/platform/couch/documents/update-document.ts';
import { silentLogger } from '../../../mockup/platform/log/logger.ts';
import { createSeededRandom } from '../../../mockup/platform/random/seeded-random.ts';
import {
  createVirtualClock,
  type VirtualClock,
} from '../../../mockup/simulator/clock/virtual-clock.ts';
import {
  createSimulatedCluster,
  type SimulatedCluster,
} from '../../../mockup/simulator/store/simulated-cluster.ts';

interface ClusterWorld {
  clock: VirtualClock;
  cluster: SimulatedCluster;
  bus(name: string): Bus;
  messages: Database;
}

async function clusterWorld(seed: string): Promise<ClusterWorld> {
  const clock = createVirtualClock();
  const random = createSeededRandom(seed);
  const cluster = createSimulatedCluster({ clock, random });
  await cluster.create('msgq');
  let pid = 100;
  const bus = (instance: string): Bus => {
    const made = createBus({
      messages: cluster.open('msgq'),
      ...{ clock, random, log: silentLogger, originIP: '127.0.0.1' },
      self: { actor: 'worker', site: 'JAO', machine: 'm', pid: pid++, instance },
      isHolderGone: () => false,
    });
    onTestFinished(() => clock.complete(made.close()));
    return made;
  };
  return { clock, cluster, bus, messages: cluster.open('msgq') };
}

const COUNT = Number(process.env.CLUSTER_MESSAGES ?? 10_000);

test('of 10,000 messages with four receivers none is doubled and none is lost', async () => {
  const { clock, cluster, bus, messages } = await clusterWorld('ten thousand');
  const handled = new Map<number, number>();
  for (const name of ['a', 'b', 'c', 'd']) {
    const handler = async ({ body }: { body: unknown }) => {
      const { n } = body as { n: number };
      handled.set(n, (handled.get(n) ?? 0) + 1);
    };
    bus(name).receive('work', handler, { concurrency: 64 });
  }
  const sender = bus('sender');
  const numbers = Array.from({ length: COUNT }, (_, n) => n);
  await clock.complete(Promise.all(numbers.map((n) => sender.send('work', { n }))));
  await clock.runUntil(() => handled.size === COUNT);
  // Late conflicts would show now.
  await clock.runFor(60_000);
  const doubled = [...handled].filter(([, times]) => times > 1);
  expect(doubled).toEqual([]);
  expect(cluster.counts.accepted).toBeGreaterThan(0);
  expect(cluster.isEven('msgq')).toBe(true);
  const ends = await clock.complete(messages.allDocs<Message>());
  expect(ends.filter(({ delivery }) => delivery?.state !== 'done')).toEqual([]);
}, 300_000);

test('of four writers who change one document at once each change counts once', async () => {
  const { clock, messages } = await clusterWorld('changes');
  await clock.complete(messages.put({ _id: 'sum', n: 0 } as never));
  // Who wrote it is part of it: two writes of the same content are one write.
  const add = (by: number): Promise<unknown> =>
    updateDocument<{ _id: string; n: number; by: number }>(messages, 'sum', (current) => ({
      ...(current as { _id: string; n: number }),
      n: (current?.n ?? 0) + 1,
      by,
    }));
  const writers = [1, 2, 3, 4].map(async (by) => {
    for (let n = 0; n < 25; n++) await add(by);
  });
  await clock.complete(Promise.all(writers));
  expect((await clock.complete(messages.get<{ n: number }>('sum')))?.n).toBe(100);
});

test('of four who create one document one succeeds', async () => {
  const { clock, messages } = await clusterWorld('creations');
  for (let n = 0; n < 100; n++) {
    const tries = [1, 2, 3, 4].map((by) =>
      createDocument(messages, { _id: `d${n}`, by } as never),
    );
    const made = await clock.complete(Promise.all(tries));
    const leaves = await clock.complete(messages.leaves<{ by: number }>([`d${n}`]));
    const living = leaves[0]?.filter(({ deleted }) => !deleted) ?? [];
    expect(living).toHaveLength(1);
    expect(made.indexOf(true) + 1).toBe(living[0]?.doc.by);
    expect(made.filter((each) => each)).toHaveLength(1);
  }
});

test('a node that is away and comes back doubles and loses nothing', async () => {
  const { clock, cluster, bus } = await clusterWorld('away');
  const handled = new Map<number, number>();
  for (const name of ['a', 'b', 'c', 'd']) {
    const handler = async ({ body }: { body: unknown }) => {
      const { n } = body as { n: number };
      handled.set(n, (handled.get(n) ?? 0) + 1);
    };
    bus(name).receive('work', handler, { concurrency: 8 });
  }
  const sender = bus('sender');
  for (let n = 0; n < 300; n++) {
    await clock.complete(sender.send('work', { n }));
    if (n % 100 === 20) cluster.stop((n / 100) | 0);
    if (n % 100 === 70) cluster.start((n / 100) | 0);
  }
  await clock.runUntil(() => handled.size === 300);
  await clock.runFor(60_000);
  expect([...handled].filter(([, times]) => times > 1)).toEqual([]);
});
