// The message bus: messages a second from one sender to one and to four receivers, each handled
// once; and the time of one RPC. Sender and receivers are processes of their own.

import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { createSystemClock } from '../../../mockup/platform/clock/system-clock.ts';
import { createNanoServer } from '../../../mockup/platform/couch/nano/nano-server.ts';
import { silentLogger } from '../../../mockup/platform/log/logger.ts';
import { createSystemRandom } from '../../../mockup/platform/random/system-random.ts';
import { initDatabases } from '../../../mockup/replication/init-databases.ts';
import type { Figure } from '../figure.ts';
import { startServer } from '../server-process.ts';
import { median, quantile } from '../statistics.ts';
import type { Report, Task } from './worker.ts';

const MESSAGES = 10_000;
const REQUESTS = 2000;

export async function benchBus(couchdb: string | undefined): Promise<Figure[]> {
  const figures: Figure[] = [];
  for (const receivers of [1, 4]) {
    figures.push(...(await withWorkers(couchdb, (start) => throughput(start, receivers))));
  }
  figures.push(...(await withWorkers(couchdb, rpc)));
  return figures;
}

type StartWorker = () => Worker;

class Worker {
  readonly #process: ChildProcess;

  constructor(child: ChildProcess) {
    this.#process = child;
  }

  do(task: Task): void {
    this.#process.send(task);
  }

  onReport(callback: (report: Report) => void): void {
    this.#process.on('message', callback);
  }

  async reported<Kind extends Report['kind']>(
    kind: Kind,
  ): Promise<Extract<Report, { kind: Kind }>> {
    for (;;) {
      const [report] = (await once(this.#process, 'message')) as [Report];
      if (report.kind === kind) return report as Extract<Report, { kind: Kind }>;
    }
  }

  async stop(): Promise<void> {
    const ended = once(this.#process, 'exit');
    this.#process.disconnect();
    await ended;
  }
}

async function withWorkers<T>(
  couchdb: string | undefined,
  measure: (start: StartWorker) => Promise<T>,
): Promise<T> {
  const server = await startServer(couchdb);
  const workers: Worker[] = [];
  try {
    const ports = { clock: createSystemClock(), random: createSystemRandom(), log: silentLogger };
    await initDatabases(createNanoServer(server.url, ports));
    return await measure(() => {
      const worker = new Worker(
        fork(join(import.meta.dirname, 'worker.ts'), {
          env: { ...process.env, BENCH_COUCHDB: server.url },
          execArgv: ['--disable-warning=ExperimentalWarning'],
        }),
      );
      workers.push(worker);
      return worker;
    });
  } finally {
    await Promise.all(workers.map((worker) => worker.stop()));
    await server.close();
  }
}

async function throughput(start: StartWorker, count: number): Promise<Figure[]> {
  const { handled, seconds } = await share(start, count, MESSAGES);
  const doubled = [...handled.values()].filter((times) => times > 1).length;
  const name = `${count} receiver${count > 1 ? 's' : ''}`;
  const none = { value: 0, is: 'at most' } as const;
  return [
    {
      what: `messages a second, ${name}`,
      value: MESSAGES / seconds,
      unit: '/s',
      aim: { value: 1500, is: 'at least' },
    },
    { what: `lost, ${name}`, value: MESSAGES - handled.size, unit: 'messages', aim: none },
    { what: `doubled, ${name}`, value: doubled, unit: 'messages', aim: none },
  ];
}

/** How often each of `messages` messages was handled by `count` receivers that share them. */
export async function shareMessages(
  couchdb: string | undefined,
  count: number,
  messages: number,
): Promise<Map<number, number>> {
  return withWorkers(couchdb, async (start) => (await share(start, count, messages)).handled);
}

async function share(
  start: StartWorker,
  count: number,
  messages: number,
): Promise<{ handled: Map<number, number>; seconds: number }> {
  const handled = new Map<number, number>();
  const receivers = Array.from({ length: count }, start);
  const all = new Promise<void>((resolve) => {
    for (const receiver of receivers) {
      receiver.onReport((report) => {
        if (report.kind !== 'handled') return;
        for (const n of report.numbers) handled.set(n, (handled.get(n) ?? 0) + 1);
        if (handled.size === messages) resolve();
      });
    }
  });
  await Promise.all(
    receivers.map((receiver) => {
      receiver.do({ role: 'receive' });
      return receiver.reported('ready');
    }),
  );
  const sender = start();
  const started = performance.now();
  sender.do({ role: 'send', count: messages });
  await all;
  const seconds = (performance.now() - started) / 1000;
  // Time for a second delivery to show, if there were any.
  await new Promise((resolve) => setTimeout(resolve, 500));
  return { handled, seconds };
}

async function rpc(start: StartWorker): Promise<Figure[]> {
  const [answering, asking] = [start(), start()];
  answering.do({ role: 'answer' });
  await answering.reported('ready');
  asking.do({ role: 'ask', count: REQUESTS });
  const { times_ms } = await asking.reported('asked');
  return [
    {
      what: 'RPC, median',
      value: median(times_ms),
      unit: 'ms',
      aim: { value: 5, is: 'at most' },
    },
    { what: 'RPC, 99 %', value: quantile(times_ms, 0.99), unit: 'ms' },
  ];
}
