// A message whose handler meets a full disk or a refused key is not at fault: it waits until
// somebody has mended the site, however long that takes, and never becomes dead.

import { expect, it } from 'vitest';
import { createBus } from '../../../mockup/platform/bus/create-bus.ts';
import type { Message } from '../../../mockup/platform/bus/message.ts';
import { FileError } from '../../../mockup/platform/files/files.ts';
import { rsyncFailure } from '../../../mockup/platform/files/rsync-failure.ts';
import { silentLogger } from '../../../mockup/platform/log/logger.ts';
import { createSeededRandom } from '../../../mockup/platform/random/seeded-random.ts';
import { createVirtualClock } from '../../../mockup/simulator/clock/virtual-clock.ts';
import { createSimulatedServer } from '../../../mockup/simulator/store/simulated-server.ts';

const refusedKey = rsyncFailure({
  exitCode: 255,
  signal: undefined,
  stderr: 'arc@host: Permission denied (publickey).',
  from: 'arc@host:/cache',
});

it.each([
  ['a full disk', new FileError('disk_full', 'no space left')],
  ['a refused ssh key', refusedKey],
])('outlasts %s', async (_, error) => {
  const clock = createVirtualClock();
  const server = createSimulatedServer({ clock });
  await clock.complete(server.create('msgq'));
  const messages = server.open('msgq');
  const self = { actor: 'cache', site: 'JAO', machine: 'm', pid: 1, instance: 'i' };
  const random = createSeededRandom('outage');
  const common = { messages, clock, random, log: silentLogger, self, originIP: '127.0.0.1' };
  const bus = createBus({ ...common, isHolderGone: () => false });
  await clock.complete(bus.send('cached.JAO', { n: 1 }));
  const attempts: number[] = [];
  await clock.complete(
    new Promise<void>((resolve) => {
      bus.receive('cached.JAO', async ({ attempt }) => {
        attempts.push(attempt);
        if (attempts.length <= 20) throw error;
        resolve();
      });
    }),
  );
  await clock.complete(bus.close());
  expect(attempts).toEqual(Array(21).fill(1));
  const [message] = await clock.complete(messages.allDocs<Message>());
  expect(message).toMatchObject({ consumed: true, delivery: { state: 'done' } });
});
