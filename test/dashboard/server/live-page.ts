// What a page does with the websocket, without the page: it keeps what it was told.

import { WebSocket } from 'ws';
import type {
  Kind,
  ModelChange,
  ServerMessage,
  Snapshot,
  Summaries,
} from '../../../dashboard/protocol/live-messages.ts';

const LIMIT_MS = 15_000;

export class LivePage {
  readonly socket: WebSocket;
  readonly messages: ServerMessage[] = [];
  readonly changes: ModelChange[] = [];
  /** By kind and id. */
  readonly known = new Map<string, Summaries[Kind]>();
  epoch = '';
  seq = -1;
  readonly #waiting = new Set<() => void>();

  private constructor(socket: WebSocket) {
    this.socket = socket;
    socket.on('message', (data) => {
      this.#take(JSON.parse(String(data)) as ServerMessage);
      for (const wake of [...this.#waiting]) wake();
    });
    socket.on('error', () => {});
  }

  /** Resolves with the first message. */
  static async open(url: string, query = ''): Promise<LivePage> {
    const socket = new WebSocket(`${url.replace('http', 'ws')}/api/live${query}`);
    const page = new LivePage(socket);
    await page.until(() => page.messages.length > 0);
    return page;
  }

  get<K extends Kind>(kind: K, id: string): Summaries[K] | undefined {
    return this.known.get(`${kind} ${id}`) as Summaries[K] | undefined;
  }

  count(kind: Kind): number {
    return [...this.known.keys()].filter((key) => key.startsWith(`${kind} `)).length;
  }

  async until(isSo: () => boolean, limit_ms = LIMIT_MS): Promise<void> {
    if (isSo()) return;
    await new Promise<void>((resolve, reject) => {
      const timer = setTimeout(
        () => end(new Error(`not told within the limit: ${isSo}`)),
        limit_ms,
      );
      const onClose = () => end(new Error('the websocket was closed'));
      const wake = () => {
        if (isSo()) end();
      };
      const end = (error?: Error) => {
        clearTimeout(timer);
        this.#waiting.delete(wake);
        this.socket.off('close', onClose);
        if (error) reject(error);
        else resolve();
      };
      this.#waiting.add(wake);
      this.socket.on('close', onClose);
    });
  }

  close(): void {
    this.socket.terminate();
  }

  #take(message: ServerMessage): void {
    this.messages.push(message);
    this.seq = message.seq;
    if (message.type === 'snapshot') this.#begin(message);
    if (message.type === 'resumed') this.epoch = message.epoch;
    if (message.type !== 'changes') return;
    for (const change of message.changes) {
      this.changes.push(change);
      if ('removed' in change) this.known.delete(`${change.kind} ${change.removed}`);
      else this.known.set(`${change.kind} ${change.value.id}`, change.value);
    }
  }

  #begin({ epoch, all }: Snapshot): void {
    this.epoch = epoch;
    this.known.clear();
    for (const [kind, values] of Object.entries(all)) {
      for (const value of values) this.known.set(`${kind} ${value.id}`, value);
    }
  }
}
