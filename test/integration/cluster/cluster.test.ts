// The same promises as on the simulated cluster, on a real one of three nodes. Runs where
// COUCHDB_CLUSTER_URL names its addresses (one or more, with user and password, by commas).

import { afterAll, beforeAll, describe, expect, onTestFinished, test } from 'vitest';
import { createBus } from '../../../mockup/platform/bus/create-bus.ts';
import type { Message } from '../../../mockup/platform/bus/message.ts';
import { createSystemClock } from '../../../mockup/platform/clock/system-clock.ts';
import type { Database, DatabaseServer } from '../../../mockup/platform/couch/database.ts';
import {
  createDocument,
  updateDocument,
} from '../../../mockup/platform/couch/documents/update-document.ts';
import { createNanoServer } from '../../../mockup/platform/couch/nano/nano-server.ts';
import { silentLogger } from '../../../mockup/platform/log/logger.ts';
import { createSystemRandom } from '../../../mockup/platform/random/system-random.ts';

const urls = (process.env.COUCHDB_CLUSTER_URL ?? '').split(',').filter((url) => url !== '');
const COUNT = Number(process.env.CLUSTER_MESSAGES ?? 10_000);
const clock = createSystemClock();
const random = createSystemRandom();
const name = `cluster-${process.pid}-${Date.now().toString(36)}`;

const server = (n: number): DatabaseServer =>
  createNanoServer(urls[n % urls.length] as string, { clock, random, log: silentLogger });
/** Each caller through another node. */
const database = (n: number): Database => server(n).open(name);

async function eventually(holds: () => Promise<boolean> | boolean): Promise<void> {
  while (!(await holds())) await clock.sleep(100);
}

describe.skipIf(urls.length === 0)('a cluster of CouchDB nodes', () => {
  beforeAll(async () => {
    await server(0).create(name);
    expect((await database(0).info()).copies).toBeGreaterThan(1);
  });
  afterAll(() => server(0).remove(name));

  test('100 creations: each has one maker', async () => {
    for (let n = 0; n < 100; n++) {
      const tries = [0, 1, 2].map((by) =>
        createDocument(database(by), { _id: `made-${n}`, by } as never),
      );
      const made = await Promise.all(tries);
      const [leaves = []] = await database(0).leaves<{ by: number }>([`made-${n}`]);
      const living = leaves.filter(({ deleted }) => !deleted);
      expect(living).toHaveLength(1);
      expect(made.filter((each) => each)).toHaveLength(1);
      expect(made.indexOf(true)).toBe(living[0]?.doc.by);
    }
  }, 120_000);

  test('100 changes of one document by three: each counts once', async () => {
    interface Sum {
      _id: string;
      n: number;
      by: number;
    }
    await database(0).put({ _id: 'sum', n: 0 } as never);
    const writers = [0, 1, 2].map(async (by) => {
      const mine = database(by);
      for (let n = 0; n < 34 - Math.min(by, 1); n++) {
        await updateDocument<Sum>(mine, 'sum', (now) => ({
          ...(now as Sum),
          n: (now?.n ?? 0) + 1,
          by,
        }));
      }
    });
    await Promise.all(writers);
    expect((await database(0).get<Sum>('sum'))?.n).toBe(100);
  }, 120_000);

  test(`${COUNT} messages with four receivers: none doubled, none lost`, async () => {
    const handled = new Map<number, number>();
    const bus = (n: number) => {
      const made = createBus({
        messages: database(n),
        ...{ clock, random, log: silentLogger, originIP: '127.0.0.1' },
        self: { actor: 'worker', site: 'JAO', machine: 'm', pid: n, instance: `worker ${n}` },
        isHolderGone: () => false,
      });
      onTestFinished(() => made.close());
      return made;
    };
    for (const n of [0, 1, 2, 3]) {
      const handler = async ({ body }: { body: unknown }) => {
        const { n: number } = body as { n: number };
        handled.set(number, (handled.get(number) ?? 0) + 1);
      };
      await bus(n).receive('work', handler, { concurrency: 64 }).ready;
    }
    const sender = bus(4);
    for (let n = 0; n < COUNT; n += 500) {
      const page = Array.from({ length: Math.min(500, COUNT - n) }, (_, k) => n + k);
      await Promise.all(page.map((number) => sender.send('work', { n: number })));
    }
    await eventually(() => handled.size === COUNT);
    await eventually(async () => {
      const ends = await database(0).allDocs<Message>();
      return ends.every(
        ({ selector, delivery }) => selector !== 'work' || delivery?.state === 'done',
      );
    });
    expect([...handled].filter(([, times]) => times > 1)).toEqual([]);
  }, 600_000);
});
