// What Cloud Run does for the service: instances on demand between a minimum and a maximum, a bounded
// queue before them, a time limit for each request after which its instance is killed.

import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { describeError } from '../../core/errors.ts';
import type { Clock } from '../../platform/clock/clock.ts';
import { closeServer, listen } from '../../platform/http/listen.ts';
import type { Logger } from '../../platform/log/logger.ts';
import { keepConnections } from '../kept-connections.ts';
import { Instance, type InstanceProcess } from './instance.ts';

export interface CloudRunOptions {
  clock: Clock;
  log: Logger;
  host: string;
  /** 0: any free port. */
  port: number;
  minimum: number;
  maximum: number;
  /** Requests that one instance takes at a time; the prototype's is 1. */
  concurrency: number;
  /** Requests that wait for an instance; more are answered 429. */
  queue: number;
  requestLimit_s: number;
  idle_s: number;
  start(name: string): InstanceProcess;
  /** A request came, whatever becomes of it: it may be refused, or its caller give up. */
  onReceived?(received: ReceivedRequest): void;
  /** A request lost its instance, which is dead by now. */
  onLost?(lost: LostRequest): Promise<void>;
  /** How many instances there are, cold, busy and idle. */
  onChange?(counts: InstanceCounts): void;
}

export interface ReceivedRequest {
  url: string;
  body: Buffer;
}

export interface LostRequest {
  instance: string;
  pid: number;
  /** `limit`: it took too long, and the instance was killed for it; `died`: the instance ended. */
  outcome: 'limit' | 'died';
  body: Buffer;
}

export interface InstanceCounts {
  cold: number;
  busy: number;
  idle: number;
  queued: number;
}

export interface CloudRun {
  readonly url: string;
  readonly counts: InstanceCounts;
  /** Process ids of the instances, for whoever wants to kill one. */
  readonly pids: number[];
  close(): Promise<void>;
}

interface Waiting {
  request: IncomingMessage;
  body: Buffer;
  response: ServerResponse;
}

const BODY_BYTES_MAX = 1024 * 1024;
const STOP_LIMIT_MS = 10_000;
/** An instance whose connection broke is dead after this, if it is not already. */
const END_LIMIT_MS = 2_000;
/** An instance that ends before it listens is started again after this. */
const RESTART_DELAY_MS = 1_000;

export async function startCloudRun(options: CloudRunOptions): Promise<CloudRun> {
  const pool = new InstancePool(options);
  const server = keepConnections(createServer());
  server.on('request', (request, response) => {
    void receive(request, response, pool);
  });
  const url = await listen(server, options);
  pool.fill();
  return {
    url,
    get counts() {
      return pool.counts;
    },
    get pids() {
      return pool.pids;
    },
    close: async () => {
      const closed = closeServer(server);
      await pool.close();
      await closed;
    },
  };
}

async function receive(
  request: IncomingMessage,
  response: ServerResponse,
  pool: InstancePool,
): Promise<void> {
  const chunks: Buffer[] = [];
  let bytes = 0;
  try {
    for await (const chunk of request) {
      bytes += (chunk as Buffer).length;
      if (bytes > BODY_BYTES_MAX) return void response.writeHead(413).end();
      chunks.push(chunk as Buffer);
    }
  } catch {
    return;
  }
  pool.accept({ request, body: Buffer.concat(chunks), response });
}

class InstancePool {
  readonly #options: CloudRunOptions;
  readonly #instances = new Set<Instance>();
  readonly #queue: Waiting[] = [];
  #started = 0;
  #closed = false;

  constructor(options: CloudRunOptions) {
    this.#options = options;
  }

  get counts(): InstanceCounts {
    const all = [...this.#instances];
    const cold = all.filter((one) => one.isCold).length;
    const busy = all.filter((one) => !one.isCold && one.busy > 0).length;
    return { cold, busy, idle: all.length - cold - busy, queued: this.#queue.length };
  }

  get pids(): number[] {
    return [...this.#instances].map(({ process }) => process.pid);
  }

  /** Starts what the minimum asks for. */
  fill(): void {
    while (!this.#closed && this.#instances.size < this.#options.minimum) this.#startOne();
  }

  accept(waiting: Waiting): void {
    const { request, body } = waiting;
    this.#options.onReceived?.({ url: request.url ?? '', body });
    if (this.#closed || this.#queue.length >= this.#options.queue) {
      waiting.response.writeHead(429, { 'retry-after': '1' }).end('Rate exceeded.');
      return;
    }
    this.#queue.push(waiting);
    this.#dispatch();
  }

  async close(): Promise<void> {
    this.#closed = true;
    for (const { response } of this.#queue.splice(0)) response.writeHead(503).end();
    const ending = [...this.#instances].map(async ({ process }) => {
      process.stop();
      const cancel = this.#options.clock.timer(STOP_LIMIT_MS, () => process.kill());
      await process.ended;
      cancel();
    });
    await Promise.all(ending);
  }

  #dispatch(): void {
    while (this.#queue.length > 0) {
      const instance = this.#freeInstance();
      if (!instance) break;
      const waiting = this.#queue.shift() as Waiting;
      if (waiting.response.destroyed) continue;
      void this.#handle(instance, waiting);
    }
    this.#options.onChange?.(this.counts);
  }

  /** A warm one first, then one that is starting, then a new one. */
  #freeInstance(): Instance | undefined {
    const free = [...this.#instances].filter((one) => one.free > 0);
    return (
      free.find((one) => !one.isCold) ??
      free[0] ??
      (this.#instances.size < this.#options.maximum ? this.#startOne() : undefined)
    );
  }

  async #handle(instance: Instance, { request, body, response }: Waiting): Promise<void> {
    const limit_ms = this.#options.requestLimit_s * 1000;
    const { outcome, status } = await instance.handle(request, body, response, limit_ms);
    if (outcome === 'limit') {
      this.#options.log.error({ instance: instance.name }, 'a request took too long: killed');
      instance.ending = true;
      instance.process.kill();
    }
    if (outcome !== 'answered') await this.#lost(instance, outcome, body);
    if (outcome !== 'answered' && !response.headersSent) response.writeHead(status).end();
    if (outcome !== 'answered') response.destroy();
    instance.idleSince_ms = this.#options.clock.monotonic();
    this.#endLater(instance);
    this.#dispatch();
  }

  /** Told before it is answered: the same request comes again at once, and finds what became of it. */
  async #lost(instance: Instance, outcome: LostRequest['outcome'], body: Buffer): Promise<void> {
    const { name, process } = instance;
    instance.ending = true;
    const cancel = this.#options.clock.timer(END_LIMIT_MS, () => process.kill());
    await process.ended;
    cancel();
    try {
      await this.#options.onLost?.({ instance: name, pid: process.pid, outcome, body });
    } catch (error) {
      const fields = { instance: name, reason: describeError(error) };
      this.#options.log.error(fields, 'could not put on record what became of a request');
    }
  }

  #startOne(): Instance {
    this.#started += 1;
    const name = `instance-${this.#started}`;
    const { concurrency, log, clock } = this.#options;
    const process = this.#options.start(name);
    const instance = new Instance({ name, concurrency, process });
    this.#instances.add(instance);
    process.listening.then(
      () => {
        instance.idleSince_ms = clock.monotonic();
        this.#endLater(instance);
        this.#options.onChange?.(this.counts);
      },
      () => {},
    );
    void process.ended.then((how) => {
      this.#instances.delete(instance);
      const asked = instance.ending || this.#closed;
      if (!asked) log.error({ instance: name, how }, 'an instance ended unexpectedly');
      instance.ending = true;
      clock.timer(instance.isCold ? RESTART_DELAY_MS : 0, () => {
        this.fill();
        this.#dispatch();
      });
    });
    return instance;
  }

  #endLater(instance: Instance): void {
    const { clock, idle_s, minimum } = this.#options;
    clock.timer(idle_s * 1000, () => {
      const idle_ms = clock.monotonic() - instance.idleSince_ms;
      const spare = this.#instances.size > minimum && !this.#closed;
      if (!spare || instance.busy > 0 || instance.ending || idle_ms < idle_s * 1000) return;
      instance.ending = true;
      instance.process.stop();
    });
  }
}
