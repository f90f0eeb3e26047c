import http from 'node:http';
import { vi } from 'vitest';

// A plain CouchDB client for tests: status and JSON, nothing thrown for a refusal. A connection for
// each request, because servers are closed and opened again between them.

// biome-ignore lint/suspicious/noExplicitAny: tests look into answers of every shape
export type Answer = { status: number; body: any };
export type Client = (method: string, path: string, body?: unknown) => Promise<Answer>;

/** `base` may carry user and password. */
export function clientOf(base: string): Client {
  const { hostname, port, username, password } = new URL(base);
  const auth = username ? `${username}:${password}` : null;
  return (method, path, body) =>
    new Promise((resolve, reject) => {
      const headers = {
        accept: 'application/json',
        ...(body === undefined ? {} : { 'content-type': 'application/json' }),
      };
      const options = { hostname, port, auth, method, path, headers, agent: false };
      const request = http.request(options, async (response) => {
        const chunks: Buffer[] = [];
        for await (const chunk of response) chunks.push(chunk);
        const text = Buffer.concat(chunks).toString();
        const status = response.statusCode ?? 0;
        resolve({ status, body: text === '' ? undefined : JSON.parse(text) });
      });
      request.on('error', reject);
      request.end(body === undefined ? undefined : JSON.stringify(body));
    });
}

/** Waits until `look` gives something that is not undefined or false. */
export async function eventually<T>(look: () => Promise<T | undefined | false>): Promise<T> {
  return vi.waitFor(
    async () => {
      const found = await look();
      if (found === undefined || found === false) throw new Error(`not yet: ${look}`);
      return found;
    },
    { timeout: 20_000, interval: 20 },
  );
}
