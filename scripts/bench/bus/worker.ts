// One process of the bus benchmark: a sender, a receiver, one that answers requests or one that
// asks. It is told what to do by messages of its parent and reports to it the same way.

import { createBus } from '../../../mockup/platform/bus/create-bus.ts';
import { createSystemClock } from '../../../mockup/platform/clock/system-clock.ts';
import { createNanoServer } from '../../../mockup/platform/couch/nano/nano-server.ts';
import { silentLogger } from '../../../mockup/platform/log/logger.ts';
import { createSystemRandom } from '../../../mockup/platform/random/system-random.ts';

const SELECTOR = 'bench.work';
/** As many sends on the way at a time. */
const WINDOW = 64;
const CONCURRENCY = 64;

export type Task =
  | { role: 'receive' }
  | { role: 'answer' }
  | { role: 'send'; count: number }
  | { role: 'ask'; count: number };

export type Report =
  | { kind: 'ready' }
  | { kind: 'handled'; numbers: number[] }
  | { kind: 'sent' }
  | { kind: 'asked'; times_ms: number[] };

const clock = createSystemClock();
const random = createSystemRandom();
const server = createNanoServer(process.env.BENCH_COUCHDB ?? '', {
  clock,
  random,
  log: silentLogger,
});
const bus = createBus({
  messages: server.open('msgq'),
  clock,
  random,
  log: silentLogger,
  self: { actor: 'bench', site: 'JAO', machine: '', pid: process.pid, instance: random.hex(16) },
  originIP: '127.0.0.1',
  isHolderGone: () => false,
});

const tell = (report: Report): void => void process.send?.(report);

const roles: { [Role in Task['role']]: (task: Extract<Task, { role: Role }>) => Promise<void> } = {
  async receive() {
    let numbers: number[] = [];
    const handle = async (message: { body: unknown }) => {
      numbers.push((message.body as { n: number }).n);
    };
    setInterval(() => {
      if (numbers.length > 0) tell({ kind: 'handled', numbers });
      numbers = [];
    }, 5);
    await bus.receive(SELECTOR, handle, { concurrency: CONCURRENCY }).ready;
    tell({ kind: 'ready' });
  },
  async answer() {
    await bus.serve(SELECTOR, async ({ body }) => body).ready;
    tell({ kind: 'ready' });
  },
  async send({ count }) {
    let next = 0;
    const lane = async () => {
      while (next < count) await bus.send(SELECTOR, { n: next++ });
    };
    await Promise.all(Array.from({ length: WINDOW }, lane));
    tell({ kind: 'sent' });
  },
  async ask({ count }) {
    const times_ms: number[] = [];
    await bus.call(SELECTOR, { n: -1 });
    for (let n = 0; n < count; n++) {
      const started = clock.monotonic();
      await bus.call(SELECTOR, { n });
      times_ms.push(clock.monotonic() - started);
    }
    tell({ kind: 'asked', times_ms });
  },
};

process.on('message', (task: Task) => void roles[task.role](task as never));
process.on('disconnect', () => process.exit(0));
