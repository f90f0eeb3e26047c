// A database server for a benchmark: the one that is given, or the embedded one in a process of
// its own, on a directory that is removed afterwards. What a benchmark makes on a given one is
// removed; one that holds databases already is refused, as documents would mix.

import { join } from 'node:path';
import { connectTo } from '../../mockup/cli/site/connection.ts';
import { AppError } from '../../mockup/core/errors.ts';
import { startEmbeddedServer } from './couchdb/embedded-server.ts';

export const drawsProgram = join(import.meta.dirname, '../../mockup/cli/draws.mjs');

export interface BenchServer {
  url: string;
  close(): Promise<void>;
}

export async function startServer(given: string | undefined): Promise<BenchServer> {
  if (given !== undefined) return givenServer(given);
  const server = await startEmbeddedServer();
  return { url: server.url, close: () => server.stop() };
}

async function givenServer(url: string): Promise<BenchServer> {
  const server = connectTo(url);
  const own = async () => (await server.names()).filter((name) => !name.startsWith('_'));
  const there = await own();
  if (there.length > 0) {
    throw new AppError('server_in_use', `${server.address} holds ${there.join(', ')}`, {
      hint: 'a benchmark wants a server without databases, and removes what it made',
    });
  }
  return {
    url,
    close: async () => {
      for (const name of await own()) await server.remove(name);
    },
  };
}
