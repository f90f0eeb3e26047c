// A database server for a benchmark: the one that is given, or the embedded one in a process of
// its own, on a directory that is removed afterwards.

import { join } from 'node:path';
import { startEmbeddedServer } from './couchdb/embedded-server.ts';

export const drawsProgram = join(import.meta.dirname, '../../mockup/cli/draws.mjs');

export interface BenchServer {
  url: string;
  close(): Promise<void>;
}

export async function startServer(given: string | undefined): Promise<BenchServer> {
  if (given) return { url: given, close: async () => {} };
  const server = await startEmbeddedServer();
  return { url: server.url, close: () => server.stop() };
}
