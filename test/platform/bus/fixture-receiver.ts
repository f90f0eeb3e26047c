// A process with a receiver, for tests that bound its memory: handles all messages to `big`, says
// how many, and ends after the last.

import { createBus } from '../../../mockup/platform/bus/create-bus.ts';
import { createSystemClock } from '../../../mockup/platform/clock/system-clock.ts';
import { createNanoServer } from '../../../mockup/platform/couch/nano/nano-server.ts';
import { silentLogger } from '../../../mockup/platform/log/logger.ts';
import { createSystemRandom } from '../../../mockup/platform/random/system-random.ts';

const [url = '', count = '', concurrency = '1'] = process.argv.slice(2);
const common = {
  clock: createSystemClock(),
  random: createSystemRandom(),
  log: silentLogger,
};
const messages = createNanoServer(url, common).open('msgq');
const self = { actor: 'receiver', site: 'JAO', machine: '', pid: process.pid, instance: 'i' };
const bus = createBus({
  ...common,
  messages,
  self,
  originIP: '127.0.0.1',
  isHolderGone: () => true,
  listens: true,
});
const handled = new Set<string>();
await new Promise<void>((resolve) => {
  bus.receive(
    'big',
    async ({ id, body }) => {
      if ((body as { text: string }).text.length < 1000) throw new Error('the body is missing');
      handled.add(id);
      if (handled.size === Number(count)) resolve();
    },
    { concurrency: Number(concurrency) },
  );
});
await bus.close();
process.stdout.write(`${handled.size}\n`);
