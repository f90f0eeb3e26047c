// One instance of the service: a child process, which takes so many requests at a time as it is
// told, is started when it is needed and ends when it was idle for long.

import type { IncomingMessage, ServerResponse } from 'node:http';
import { request as httpRequest } from 'node:http';

/** A started child process; how it is started is the caller's. */
export interface InstanceProcess {
  readonly pid: number;
  /** Resolves with its port when it listens; rejects where it ended before. */
  readonly listening: Promise<number>;
  readonly ended: Promise<string>;
  stop(): void;
  kill(): void;
}

export interface InstanceOptions {
  name: string;
  concurrency: number;
  process: InstanceProcess;
}

export interface Handled {
  /** `limit`: the request took too long; `died`: the instance ended meanwhile. */
  outcome: 'answered' | 'limit' | 'died';
  status: number;
}

export class Instance {
  readonly name: string;
  readonly process: InstanceProcess;
  readonly #concurrency: number;
  #busy = 0;
  #port: number | undefined;
  ending = false;
  idleSince_ms = 0;

  constructor({ name, concurrency, process }: InstanceOptions) {
    this.name = name;
    this.process = process;
    this.#concurrency = concurrency;
    process.listening.then(
      (port) => {
        this.#port = port;
      },
      () => {},
    );
  }

  get busy(): number {
    return this.#busy;
  }

  get isCold(): boolean {
    return this.#port === undefined;
  }

  get free(): number {
    return this.ending ? 0 : this.#concurrency - this.#busy;
  }

  /** Passes a request on and its answer back. `body`: as it came. */
  async handle(
    request: IncomingMessage,
    body: Buffer,
    response: ServerResponse,
    limit_ms: number,
  ): Promise<Handled> {
    this.#busy += 1;
    try {
      const port = await this.process.listening;
      return await this.#forward(port, request, body, response, limit_ms);
    } catch {
      return { outcome: 'died', status: 500 };
    } finally {
      this.#busy -= 1;
    }
  }

  #forward(
    port: number,
    request: IncomingMessage,
    body: Buffer,
    response: ServerResponse,
    limit_ms: number,
  ): Promise<Handled> {
    return new Promise((resolve) => {
      const signal = AbortSignal.timeout(limit_ms);
      const { method, url, headers } = request;
      const forwarded = httpRequest(
        { host: '127.0.0.1', port, method, path: url, headers, signal, agent: false },
        (answer) => {
          const status = answer.statusCode ?? 500;
          // Whoever asked may be gone: the request counts until it is answered all the same.
          if (response.destroyed) answer.resume();
          else {
            response.writeHead(status, { 'content-type': answer.headers['content-type'] ?? '' });
            answer.pipe(response);
            response.once('close', () => answer.resume());
          }
          answer.on('end', () => resolve({ outcome: 'answered', status }));
          answer.on('error', () => resolve({ outcome: 'died', status: 500 }));
        },
      );
      forwarded.on('error', () => {
        resolve(
          signal.aborted ? { outcome: 'limit', status: 504 } : { outcome: 'died', status: 500 },
        );
      });
      forwarded.end(body);
    });
  }
}
