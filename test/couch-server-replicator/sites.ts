import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { onTestFinished } from 'vitest';
import { type CouchServer, startCouchServer } from '../../mockup/couch-server/server.ts';
import { type Client, clientOf } from './client.ts';

// Embedded servers for one test, each on a directory and a port of its own, that can be closed and
// opened again at the same place. All of them end with the test.

const password = 'observatory';

export type Site = {
  readonly url: string;
  readonly password: string;
  readonly ask: Client;
  readonly server: CouchServer;
  close(): Promise<void>;
  reopen(): Promise<void>;
};

export async function startSite(): Promise<Site> {
  const directory = await mkdtemp(join(tmpdir(), 'replicator-'));
  const wrong: string[] = [];
  const open = (port: number) =>
    startCouchServer({
      port,
      directory,
      admins: { admin: password },
      log: (message, error) => wrong.push(`${message}: ${String(error)}`),
    });
  let server = await open(0);
  const { url, port } = server;
  onTestFinished(async () => {
    await server.close();
    await rm(directory, { recursive: true, force: true });
    if (wrong.length > 0) throw new Error(`the server reported: ${wrong.join('\n')}`);
  });
  return {
    url,
    password,
    ask: clientOf(url.replace('://', `://admin:${password}@`)),
    get server() {
      return server;
    },
    close: () => server.close(),
    reopen: async () => {
      server = await open(port);
    },
  };
}

export function startSites(count: number): Promise<Site[]> {
  return Promise.all(Array.from({ length: count }, () => startSite()));
}

/** The URL of a site with the administrator's credentials, as replications need it. */
export function withUser(site: Site): string {
  return site.url.replace('://', `://admin:${site.password}@`);
}
