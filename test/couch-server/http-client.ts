import { Agent, request as httpRequest, type IncomingHttpHeaders } from 'node:http';
import { setImmediate } from 'node:timers/promises';

// A plain client for the server's tests: status, headers and body, nothing thrown for a refusal.

export interface Answer {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  readonly bytes: Buffer;
  readonly text: string;
  // biome-ignore lint/suspicious/noExplicitAny: tests look into answers of every shape
  readonly body: any;
}

export interface Client {
  (method: string, path: string, body?: unknown, headers?: object): Promise<Answer>;
  close(): void;
}

/** `base` may carry user and password. Bodies that are no text or bytes go as JSON. */
export function clientOf(base: string): Client {
  const { hostname, port, username, password } = new URL(base);
  const agent = new Agent({ keepAlive: true });
  const auth = username === '' ? null : `${username}:${decodeURIComponent(password)}`;
  const send = (method: string, path: string, body?: unknown, headers = {}): Promise<Answer> =>
    new Promise((resolve, reject) => {
      const plain = typeof body === 'string' || body instanceof Uint8Array;
      const data = plain || body === undefined ? body : JSON.stringify(body);
      const length = data === undefined ? 0 : Buffer.byteLength(data as string);
      const type =
        data === undefined ? {} : { 'Content-Type': 'application/json', 'Content-Length': length };
      const options = { agent, hostname, port, auth, method, path };
      const req = httpRequest({ ...options, headers: { ...type, ...headers } }, async (res) => {
        const chunks: Buffer[] = [];
        try {
          for await (const chunk of res) chunks.push(chunk);
        } catch (error) {
          reject(error);
          return;
        }
        const bytes = Buffer.concat(chunks);
        const text = bytes.toString();
        resolve({
          status: res.statusCode ?? 0,
          headers: res.headers,
          bytes,
          text,
          body: parse(text),
        });
      });
      req.on('error', reject);
      req.end(data);
    });
  return Object.assign(send, { close: () => agent.destroy() });
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

export interface Feed {
  readonly lines: string[];
  /** Resolves when `found` is true of the lines; rejects when the feed ends before. */
  until(found: (lines: readonly string[]) => boolean): Promise<void>;
  readonly ended: Promise<void>;
  close(): void;
}

/** A feed that is read line by line; heartbeats are left out. */
export function openFeed(url: string, body?: unknown): Promise<Feed> {
  return new Promise((resolve, reject) => {
    const method = body === undefined ? 'GET' : 'POST';
    const headers = { 'Content-Type': 'application/json' };
    const req = httpRequest(url, { method, headers, agent: false }, (res) => {
      const lines: string[] = [];
      const waiting = new Set<() => void>();
      let rest = '';
      let over = false;
      const wake = (): void => {
        for (const one of waiting) one();
      };
      const ended = new Promise<void>((done) => {
        res.on('close', () => {
          over = true;
          wake();
          done();
        });
      });
      res.on('error', () => undefined);
      res.setEncoding('utf8').on('data', (text: string) => {
        const parts = (rest + text).split('\n');
        rest = parts.pop() ?? '';
        lines.push(...parts.filter((line) => line !== ''));
        wake();
      });
      const until: Feed['until'] = async (found) => {
        while (!found(lines)) {
          if (over) throw new Error(`the feed ended: ${lines.slice(-3).join(' ')}`);
          await new Promise<void>((next) => {
            const once = (): void => {
              waiting.delete(once);
              next();
            };
            waiting.add(once);
          });
          await setImmediate();
        }
      };
      resolve({ lines, until, ended, close: () => req.destroy() });
    });
    req.on('error', reject);
    req.end(body === undefined ? undefined : JSON.stringify(body));
  });
}
