/**
 * Holds connections to a limit without shutting anybody out: where all places are taken, a new
 * connection gets the place of one that does nothing, of the address that has most of them;
 * also of one whose request comes in drops.
 */
import type { Server } from 'node:http';
import type { Socket } from 'node:net';

export class Connections {
  readonly #limit: number;
  /** Those without a request now, longest idle first; those that never had one come first of all. */
  readonly #unused = new Set<Socket>();
  readonly #idle = new Set<Socket>();
  readonly #all = new Map<Socket, string>();
  readonly #byAddress = new Map<string, number>();
  readonly #slow: () => readonly Socket[];

  /** `slow`: connections at work whose clients hold them up. */
  constructor(limit: number, slow: () => readonly Socket[] = () => []) {
    this.#limit = limit;
    this.#slow = slow;
  }

  /** Connections that never had a request: clients connect ahead of their next one. */
  get unused(): ReadonlySet<Socket> {
    return this.#unused;
  }

  follow(http: Server): void {
    http.on('connection', (socket) => this.#add(socket));
    http.on('request', ({ socket }, res) => {
      this.#unused.delete(socket);
      this.#idle.delete(socket);
      res.once('close', () => {
        if (this.#all.has(socket)) this.#idle.add(socket);
      });
    });
  }

  #add(socket: Socket): void {
    if (this.#all.size >= this.#limit && !this.#makeRoom()) {
      socket.destroy();
      return;
    }
    const address = socket.remoteAddress ?? '';
    this.#all.set(socket, address);
    this.#unused.add(socket);
    this.#byAddress.set(address, (this.#byAddress.get(address) ?? 0) + 1);
    socket.once('close', () => this.#remove(socket));
  }

  #remove(socket: Socket): void {
    const address = this.#all.get(socket);
    if (address === undefined) return;
    this.#all.delete(socket);
    this.#unused.delete(socket);
    this.#idle.delete(socket);
    const left = (this.#byAddress.get(address) ?? 1) - 1;
    if (left > 0) this.#byAddress.set(address, left);
    else this.#byAddress.delete(address);
  }

  /** False where every connection is at work. */
  #makeRoom(): boolean {
    const most = Math.max(...this.#byAddress.values());
    const greedy = (socket: Socket): boolean =>
      this.#byAddress.get(this.#all.get(socket) as string) === most;
    const slow = this.#slow().filter((socket) => this.#all.has(socket));
    const candidates = [...this.#unused, ...this.#idle, ...slow];
    const chosen = candidates.find(greedy) ?? candidates[0];
    if (!chosen) return false;
    this.#remove(chosen);
    chosen.destroy();
    return true;
  }
}
