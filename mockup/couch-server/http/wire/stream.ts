/** Answers of any length: pieces are sent as they are made, no faster than the client takes them. */
import { setImmediate } from 'node:timers/promises';
import type { Exchange } from '../exchange.ts';

const PIECE = 64 * 1024;
/** Others are served after so long. */
const TURN_MS = 8;

/**
 * Sends JSON made of many small texts, after any of which there may be white space; a short one goes out
 * whole, with its length. Where making them takes long, others are served meanwhile, and the client
 * gets a new line each `heartbeatMs`.
 */
export async function sendPieces(
  exchange: Exchange,
  pieces: Iterable<string>,
  heartbeatMs = Number.POSITIVE_INFINITY,
): Promise<void> {
  const sender = new PieceSender(exchange);
  let turnBegan = performance.now();
  let sentAt = turnBegan;
  for (const piece of pieces) {
    const isFull = sender.add(piece);
    const now = performance.now();
    if (!isFull && now - turnBegan < TURN_MS) continue;
    if (isFull || now - sentAt >= heartbeatMs) {
      if (!isFull) sender.add('\n');
      await sender.flush();
      sentAt = performance.now();
    } else await setImmediate();
    if (sender.isDone) break;
    turnBegan = performance.now();
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
