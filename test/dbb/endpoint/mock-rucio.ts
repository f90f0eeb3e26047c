// A stand-in for Rucio's REST server: what it has registered, and what it does wrong on demand.

import { createServer, type IncomingMessage, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { z } from 'zod';

/** What Rucio's documentation asks for, no more and no less. */
const replicas = z.strictObject({
  rse: z.literal('SLAC_RAW'),
  files: z
    .array(
      z.strictObject({
        scope: z.string().min(1),
        name: z.string().min(1),
        bytes: z.int().min(1),
        adler32: z.string().regex(/^[0-9a-f]{8}$/),
        pfn: z.string().regex(/^davs:\/\/host:443\/data\//),
      }),
    )
    .min(1),
});

/** Of the real one as much as the plugin asks, as an HTTP server. */
export class MockRucio {
  readonly registered = new Map<string, string>();
  readonly calls: number[] = [];
  /** Statuses for the next calls, before it works. */
  readonly failures: number[] = [];
  /** A status for a batch with this name, always. */
  readonly refuseAlways = new Map<string, number>();
  /** What it tells of a name, where that is not what was registered. */
  readonly #told = new Map<string, object | 'silent'>();
  readonly #sizes = new Map<string, number>();
  readonly #server: Server;

  constructor() {
    this.#server = createServer(async (request, response) => {
      const [status, answer] = this.#answer(request, await bodyOf(request));
      this.calls.push(status);
      response.writeHead(status, { 'Content-Type': 'application/json' });
      response.end(JSON.stringify(answer));
    });
  }

  async listen(): Promise<string> {
    await new Promise<void>((resolve) => this.#server.listen(0, '127.0.0.1', resolve));
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}`;
  }

  /** As if it had been registered before, by somebody else. */
  know(name: string, content: Uint8Array, told: object | 'silent' = {}): void {
    this.registered.set(name, adler32(content));
    this.#sizes.set(name, content.length);
    this.#told.set(name, told);
  }

  async close(): Promise<void> {
    this.#server.closeAllConnections();
    await new Promise((resolve) => this.#server.close(resolve));
  }

  #answer({ method, url, headers }: IncomingMessage, body: string): [number, object] {
    if (headers['x-rucio-auth-token'] !== 'secret-token') {
      return [401, { ExceptionClass: 'CannotAuthenticate', ExceptionMessage: 'invalid token' }];
    }
    if (method === 'GET') return this.#report(url ?? '');
    if (method !== 'POST' || url !== '/replicas') return [404, {}];
    const failure = this.failures.shift();
    if (failure) return [failure, { ExceptionMessage: 'out of order' }];
    const parsed = replicas.safeParse(JSON.parse(body));
    if (!parsed.success) return [400, { ExceptionMessage: parsed.error.message }];
    const { files } = parsed.data;
    const refused = files.map(({ name }) => this.refuseAlways.get(name)).find((one) => one);
    if (refused) return [refused, { ExceptionMessage: 'out of order' }];
    if (new Set(files.map(({ name }) => name)).size < files.length) return [409, {}];
    if (files.some(({ name }) => this.registered.has(name))) return [409, {}];
    for (const { name, adler32: sum, bytes } of files) {
      this.registered.set(name, sum);
      this.#sizes.set(name, bytes);
    }
    return [201, {}];
  }

  #report(url: string): [number, object] {
    if (url === '/dids/raw/') {
      const files = [...this.registered.keys()].map((name) => ({
        scope: 'raw',
        name,
        type: 'FILE',
      }));
      return [200, [...files, { scope: 'raw', name: 'a dataset', type: 'DATASET' }]];
    }
    const [, scope, name] =
      /^\/replicas\/([^/]+)\/([^/]+)$/.exec(url)?.map(decodeURIComponent) ?? [];
    const told = this.#told.get(name ?? '') ?? {};
    const sum = this.registered.get(name ?? '');
    if (!name || sum === undefined || told === 'silent') return [404, {}];
    const bytes = this.#sizes.get(name);
    return [200, { scope, name, bytes, adler32: sum, rses: { SLAC_RAW: [] }, ...told }];
  }
}

/** Written anew, from its definition. */
function adler32(content: Uint8Array): string {
  let [a, b] = [1, 0];
  for (const byte of content) {
    a = (a + byte) % 65_521;
    b = (b + a) % 65_521;
  }
  return (b * 65_536 + a).toString(16).padStart(8, '0');
}

async function bodyOf(request: IncomingMessage): Promise<string> {
  let text = '';
  for await (const chunk of request.setEncoding('utf8')) text += chunk;
  return text;
}
