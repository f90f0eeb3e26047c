/** Answers of any length: pieces are sent as they are made, no faster than the client takes them. */
import type { OutgoingHttpHeaders } from 'node:http';
import { setImmediate } from 'node:timers/promises';
import type { Exchange } from './exchange.ts';

const PIECE = 64 * 1024;

/** Sends JSON made of many small texts; a short one goes out whole, with its length. */
export async function sendPieces(
  exchange: Exchange,
  pieces: Iterable<string>,
  headers?: OutgoingHttpHeaders,
): Promise<void> {
  const { res } = exchange;
  let text = '';
  for (const piece of pieces) {
    text += piece;
    if (text.length < PIECE) continue;
    if (!res.headersSent) res.writeHead(200, { 'Content-Type': 'application/json', ...headers });
    if (exchange.method === 'HEAD') break;
    if (res.write(text)) await setImmediate();
    else await drained(exchange, exchange.limits.stalledMs);
    if (res.destroyed) return;
    text = '';
  }
  if (!res.headersSent) exchange.jsonText(200, text, headers);
  else res.end(`${text}\n`);
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
