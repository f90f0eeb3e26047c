// What `draws status` says of the room that a site's databases take.

import { afterEach, beforeEach, expect, it } from 'vitest';
import { connectTo } from '../../mockup/cli/site/connection.ts';
import { readStatus, statusLines } from '../../mockup/cli/site/status.ts';
import { type CouchServer, startCouchServer } from '../../mockup/couch-server/server.ts';
import { initDatabases } from '../../mockup/replication/init-databases.ts';

let couch: CouchServer;

beforeEach(async () => {
  couch = await startCouchServer({});
});

afterEach(() => couch.close());

it('says how large the databases are, and how long messages are kept', async () => {
  const server = connectTo(couch.url);
  await initDatabases(server);
  const message = { selector: 's', consumed: true, body: 'x'.repeat(500_000) };
  await server.open('msgq').bulk([{ _id: 'one', ...message } as { _id: string }]);
  const status = await readStatus(server, Date.now(), 2 * 24 * 3_600_000);
  expect(status.storage.messages_bytes).toBeGreaterThan(500_000);
  expect(status.storage.databases_bytes).toBeGreaterThan(status.storage.messages_bytes);
  const line = statusLines(status, 200).find((text) => text.startsWith('Databases'));
  expect(line).toMatch(/^Databases \d+\.\d MB, of it \d+\.\d MB for \d+ messages \(kept 2 days; /);
});
