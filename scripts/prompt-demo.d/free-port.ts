// The first port of this machine that nobody has, from one on.

import { createServer } from 'node:http';
import { closeServer, listen } from '../../mockup/platform/http/listen.ts';

const TRIES = 100;

export async function freePortFrom(first: number): Promise<number> {
  for (let port = first; port < first + TRIES; port++) {
    const server = createServer();
    try {
      await listen(server, { host: '127.0.0.1', port });
      await closeServer(server);
      return port;
    } catch (error) {
      if ((error as { code?: unknown }).code !== 'port_in_use') throw error;
    }
  }
  return 0;
}
