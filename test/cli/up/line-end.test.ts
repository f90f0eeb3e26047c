// Servers that stay when a line ends keep no replication from servers that have ended.

import { afterEach, beforeEach, expect, it } from 'vitest';
import { connectTo } from '../../../mockup/cli/site/connection.ts';
import { cancelBrokenReplications } from '../../../mockup/cli/up/line-end.ts';
import type { LineSite } from '../../../mockup/cli/up/line-plan.ts';
import type { Executive } from '../../../mockup/core/executives.ts';
import { type CouchServer, startCouchServer } from '../../../mockup/couch-server/server.ts';
import { applyReplications } from '../../../mockup/replication/apply.ts';
import { initDatabases } from '../../../mockup/replication/init-databases.ts';
import { planReplications } from '../../../mockup/replication/plan.ts';

const GONE = 'http://me:secret@127.0.0.1:9';

let stays: CouchServer;

beforeEach(async () => {
  stays = await startCouchServer();
});

afterEach(() => stays.close());

const site = (executive: Executive, couchdbUrl: string): LineSite => ({
  ...{ executive, couchdbUrl, cacheDirectory: '', runsDirectory: '', cachePort: 0 },
});

async function replicationsLeft(): Promise<string[]> {
  const docs = await connectTo(stays.url).open('_replicator').allDocs();
  return docs.map(({ _id }) => _id);
}

async function setUp(): Promise<void> {
  await initDatabases(connectTo(stays.url));
  const [jao, eu] = [
    { executive: 'JAO' as const, url: stays.url },
    { executive: 'EU' as const, url: GONE },
  ];
  const pulledByJao = planReplications(jao, [eu]).filter(({ receiver }) => receiver === jao);
  await applyReplications(pulledByJao, ({ url }) => connectTo(url));
}

it('cancels what a server that stays pulls from one that ended', async () => {
  await setUp();
  expect(await replicationsLeft()).not.toEqual([]);
  const sites = [site('JAO', stays.url), site('EU', GONE)];
  const line = { couchdbUrls: { JAO: stays.url }, singleDatabase: false };
  expect(await cancelBrokenReplications(line, sites)).toBe(
    'replications at JAO are cancelled until the next start',
  );
  expect(await replicationsLeft()).toEqual([]);
  expect(await cancelBrokenReplications(line, sites)).toBeUndefined();
});

it('leaves those between servers that stay, and all of one database', async () => {
  await setUp();
  const before = await replicationsLeft();
  const sites = [site('JAO', stays.url), site('EU', GONE)];
  const couchdbUrls = { JAO: stays.url, EU: GONE };
  await cancelBrokenReplications({ couchdbUrls, singleDatabase: false }, sites);
  await cancelBrokenReplications({ couchdbUrls: {}, singleDatabase: true }, sites);
  expect(await replicationsLeft()).toEqual(before);
});

it('says how to do it by hand where the server can not be asked', async () => {
  const sites = [site('JAO', 'http://127.0.0.1:9'), site('EU', GONE)];
  const couchdbUrls = { JAO: 'http://127.0.0.1:9' };
  const said = await cancelBrokenReplications({ couchdbUrls, singleDatabase: false }, sites);
  expect(said).toContain(
    'draws replicate cancel --jao http://127.0.0.1:9 --arc EU=http://127.0.0.1:9 --at JAO',
  );
  expect(said).not.toContain('secret');
});
