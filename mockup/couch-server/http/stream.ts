/** Answers of any length: pieces are sent as they are made, no faster than the client takes them. */
import { setImmediate } from 'node:timers/promises';
import type { Exchange } from './exchange.ts';

const PIECE = 64 * 1024;

/** Sends JSON made of many small texts; a short one goes out whole, with its length. */
export async function sendPieces(exchange: Exchange, pieces: Iterable<string>): Promise<void> {
  const sender = new PieceSender(exchange);
  for (const piece of pieces) {
    if (!sender.add(piece)) continue;
    await sender.flush();
    if (sender.isDone) break;
  }
  sender.end();
}

export class PieceSender {
  readonly #exchange: Exchange;
  #text = '';

  constructor(exchange: Exchange) {
    this.#exchange = exchange;
  }

  /** True where nobody wants more. */
  get isDone(): boolean {
    const { res, method } = this.#exchange;
    return res.destroyed || (method === 'HEAD' && res.headersSent);
  }

  /** True where `flush` should be awaited before more is made. */
  add(piece: string): boolean {
    this.#text += piece;
    return this.#text.length >= PIECE;
  }

  /** Sends what there is; resolves when the client keeps up. */
  async flush(): Promise<void> {
    const { res, method, limits } = this.#exchange;
    if (!res.headersSent) res.writeHead(200, { 'Content-Type': 'application/json' });
    const text = this.#text;
    this.#text = '';
    if (method === 'HEAD') return;
    if (res.write(text)) await setImmediate();
    else await drained(this.#exchange, limits.stalledMs);
  }

  end(): void {
    const { res, method } = this.#exchange;
    if (res.destroyed) return;
    if (!res.headersSent) this.#exchange.jsonText(200, this.#text);
    else res.end(method === 'HEAD' ? undefined : `${this.#text}\n`);
  }
}

/** Resolves when the client has taken what was written, or is gone; cuts it off after `limitMs`. */
export function drained({ res }: Exchange, limitMs: number): Promise<void> {
  if (res.destroyed || !res.writableNeedDrain) return Promise.resolve();
  return new Promise((resolve) => {
    const timer = setTimeout(() => res.destroy(), limitMs);
    const done = (): void => {
      clearTimeout(timer);
      res.off('drain', done);
      res.off('close', done);
      resolve();
    };
    res.on('drain', done);
    res.on('close', done);
  });
}
