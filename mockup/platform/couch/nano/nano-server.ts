// The live database adapter: a CouchDB server (or the embedded one) through nano.

import nano from 'nano';
import type { DatabaseServer } from '../database.ts';
import { type CouchAddress, parseCouchUrl } from '../reaching/couch-address.ts';
import { couchError, isStatus, noCouchdb } from '../reaching/couch-errors.ts';
import { OutageRetry, type OutageRetryOptions } from '../reaching/outage-retry.ts';
import { createNanoDatabase } from './nano-database.ts';

const SIGN_OF_LIFE_MS = 4_000;

export type NanoServerOptions = Omit<OutageRetryOptions, 'address'>;

export function createNanoServer(couchUrl: string, options: NanoServerOptions): DatabaseServer {
  const address = parseCouchUrl(couchUrl);
  const isAlive = () => answers(address);
  const outages = new OutageRetry({ isAlive, ...options, address: address.url });
  const client = nano({
    url: address.url,
    headers: { ...address.headers },
    parseUrl: false,
  } as never);
  const call = <T>(what: string, run: () => Promise<T>): Promise<T> =>
    outages.run(async () => {
      try {
        return await run();
      } catch (error) {
        throw couchError(error, what, address.url);
      }
    });
  return {
    address: address.url,
    open: (name) => createNanoDatabase({ client, address, name, outages }),
    create: (name) =>
      call(`creating ${name}`, async () => {
        try {
          await client.db.create(name);
          return 'created';
        } catch (error) {
          if (isStatus(error, 412)) return 'exists';
          // CouchDB asks for an administrator before it looks whether there is anything to do.
          const isRefused = isStatus(error, 401) || isStatus(error, 403);
          if (isRefused && (await isReadable(client, name))) return 'exists';
          throw error;
        }
      }),
    remove: async (name) => {
      await call(`removing ${name}`, () => client.db.destroy(name));
    },
    names: async () => (await call('listing databases', () => client.db.list())).sort(),
    check: async () => {
      const session: unknown = await call('connecting', () => client.session());
      if (!(session as { userCtx?: unknown }).userCtx) throw noCouchdb(address.url, 200);
    },
  };
}

async function isReadable(client: nano.ServerScope, name: string): Promise<boolean> {
  return client.db.get(name).then(
    () => true,
    () => false,
  );
}

/** Any answer will do, a refusal too. */
async function answers({ url, headers }: CouchAddress): Promise<boolean> {
  try {
    const signal = AbortSignal.timeout(SIGN_OF_LIFE_MS);
    const response = await fetch(`${url}/`, { headers, signal });
    await response.body?.cancel();
    return true;
  } catch {
    return false;
  }
}
