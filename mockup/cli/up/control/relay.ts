// One direction of a link between two sites: connections to this port lead to the other site's
// database server, unless the link is cut or slow.

import { createConnection, createServer, type Server, type Socket } from 'node:net';
import { Transform } from 'node:stream';
import type { Releases } from '../../../platform/process/releases.ts';

export type LinkState = 'open' | 'slow' | 'cut';

const SLOW_DELAY_MS = 300;
const SLOW_BYTES_PER_S = 32 * 1024;
const LOOPBACK = '127.0.0.1';

export class Relay {
  readonly #target: { host: string; port: number };
  readonly #server: Server;
  readonly #sockets = new Set<Socket>();
  #state: LinkState = 'open';

  private constructor(target: { host: string; port: number }) {
    this.#target = target;
    this.#server = createServer((socket) => this.#connect(socket));
  }

  /** `port`: that it had the last time, where that is still free. */
  static async open(
    target: { host: string; port: number },
    port: number,
    releases: Releases,
  ): Promise<Relay> {
    const relay = new Relay(target);
    await relay.#listen(port).catch(() => relay.#listen(0));
    releases.add(() => relay.close());
    return relay;
  }

  get port(): number {
    const address = this.#server.address();
    return typeof address === 'object' && address ? address.port : 0;
  }

  /** What is under way is cut too, or goes on at the new pace with the next connection. */
  become(state: LinkState): void {
    if (state === this.#state) return;
    this.#state = state;
    for (const socket of this.#sockets) socket.resetAndDestroy();
  }

  async close(): Promise<void> {
    for (const socket of this.#sockets) socket.destroy();
    await new Promise<void>((resolve) => this.#server.close(() => resolve()));
  }

  #listen(port: number): Promise<void> {
    return new Promise((resolve, reject) => {
      this.#server.once('error', reject);
      this.#server.listen(port, LOOPBACK, () => {
        this.#server.off('error', reject);
        resolve();
      });
    });
  }

  #connect(socket: Socket): void {
    if (this.#state === 'cut') {
      socket.on('error', () => {});
      socket.resetAndDestroy();
      return;
    }
    const onward = createConnection(this.#target);
    for (const one of [socket, onward]) {
      this.#sockets.add(one);
      one.setNoDelay(true);
      one.on('close', () => {
        this.#sockets.delete(one);
        socket.destroy();
        onward.destroy();
      });
      one.on('error', () => one.destroy());
    }
    if (this.#state === 'open') {
      socket.pipe(onward);
      onward.pipe(socket);
    } else {
      socket.pipe(slowness()).pipe(onward);
      onward.pipe(slowness()).pipe(socket);
    }
  }
}

/** Each piece is late, and the later the larger it is. */
function slowness(): Transform {
  return new Transform({
    transform(chunk: Buffer, _encoding, done) {
      const wait_ms = SLOW_DELAY_MS + (chunk.length / SLOW_BYTES_PER_S) * 1000;
      setTimeout(() => done(null, chunk), wait_ms).unref();
    },
  });
}
