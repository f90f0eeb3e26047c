// A Pub/Sub server on a real database server, and Google's own client for it.

import { PubSub } from '@google-cloud/pubsub';
import { startCouchServer } from '../../../mockup/couch-server/server.ts';
import { createSystemClock } from '../../../mockup/platform/clock/system-clock.ts';
import { createNanoServer } from '../../../mockup/platform/couch/nano/nano-server.ts';
import { silentLogger } from '../../../mockup/platform/log/logger.ts';
import { createSystemRandom } from '../../../mockup/platform/random/system-random.ts';
import { startPubsubServer } from '../../../mockup/prompt/pubsub/server.ts';

// Google's client would look for a cloud around this machine.
process.env.METADATA_SERVER_DETECTION ??= 'none';

export async function startLivePubsub() {
  const couch = await startCouchServer();
  const clock = createSystemClock();
  const random = createSystemRandom();
  const databases = createNanoServer(couch.url, { clock, random, log: silentLogger });
  await databases.create('pubsub');
  const failures: Error[] = [];
  const start = () =>
    startPubsubServer({
      ...{ clock, log: silentLogger, database: databases.open('pubsub') },
      ...{ host: '127.0.0.1', port: 0, onFailure: (error: Error) => failures.push(error) },
    });
  let server = await start();
  const clients: PubSub[] = [];
  return {
    failures,
    get server() {
      return server;
    },
    database: databases.open('pubsub'),
    client: () => {
      const client = new PubSub({
        projectId: 'prompt-proto',
        apiEndpoint: server.address,
        emulatorMode: true,
      });
      clients.push(client);
      return client;
    },
    restart: async () => {
      await server.close();
      server = await start();
    },
    rest: (method: string, path: string, body?: unknown) =>
      fetch(`http://${server.address}/v1/${path}`, {
        method,
        ...(body !== undefined && { body: JSON.stringify(body) }),
      }),
    close: async () => {
      for (const client of clients) await client.close().catch(() => {});
      await server.close();
      await couch.close();
    },
  };
}

export type LivePubsub = Awaited<ReturnType<typeof startLivePubsub>>;
