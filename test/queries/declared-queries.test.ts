// Asks the server how it answers each declared query: by its index, never by going through all
// documents. On the embedded server, and on the CouchDB that COUCHDB_URL names where there is one.

import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { connectTo } from '../../mockup/cli/site/connection.ts';
import { workflowDatabases } from '../../mockup/core/databases.ts';
import { type DeclaredQuery, indexName } from '../../mockup/core/declared-query.ts';
import * as workflow from '../../mockup/core/queries.ts';
import { startCouchServer } from '../../mockup/couch-server/server.ts';
import * as endpoint from '../../mockup/dbb/endpoint/event-queries.ts';
import * as handoff from '../../mockup/dbb/handoff/records/record-queries.ts';
import * as storage from '../../mockup/prompt/storage/objects/object-queries.ts';
import * as visits from '../../mockup/prompt/visits/visit-queries.ts';
import { readSources } from '../structure/sources.ts';

type Declared = DeclaredQuery<never[]>;

const homes = {
  'mockup/core/queries.ts': workflow,
  'mockup/dbb/endpoint/event-queries.ts': endpoint,
  'mockup/dbb/handoff/records/record-queries.ts': handoff,
  'mockup/prompt/storage/objects/object-queries.ts': storage,
  'mockup/prompt/visits/visit-queries.ts': visits,
};
const declared = Object.values(homes).flatMap((home) =>
  Object.entries(home).flatMap(([name, value]): [string, Declared][] =>
    typeof value === 'function' && 'declaration' in value
      ? [[name, value as unknown as Declared]]
      : [],
  ),
);
/** In this index are those documents alone that the query wants. */
const SMALL_INDEXES = ['retry_on'];
const FEW = 100;
/** The port's adapter, which is given its queries; the dashboard's reading of a whole table. */
const OTHERS = [
  'mockup/platform/couch/nano/nano-database.ts',
  'dashboard/server/watch/document-pages.ts',
];

const couchdbUrl = process.env.COUCHDB_URL;
const servers: [string, () => Promise<{ url: string; stop(): Promise<void> }>][] = [
  [
    'the embedded server',
    async () => {
      const embedded = await startCouchServer();
      return { url: embedded.url, stop: () => embedded.close() };
    },
  ],
];
if (couchdbUrl) {
  servers.push(['CouchDB', async () => ({ url: couchdbUrl, stop: async () => {} })]);
}

describe.each(servers)('declared queries on %s', (_, start) => {
  const name = `declared-queries-${process.pid}`;
  let server: Awaited<ReturnType<typeof start>>;

  beforeAll(async () => {
    server = await start();
    const couch = connectTo(server.url);
    await couch.create(name);
    const indexes = [
      ...workflowDatabases.flatMap((database) => database.indexes),
      ...declared.map(([, { declaration }]) => declaration.index),
    ].filter(([first]) => first !== '_id');
    for (const fields of indexes) await couch.open(name).ensureIndex(fields);
    await couch.open(name).put({ _id: 'one' });
  });
  afterAll(async () => {
    await connectTo(server.url).remove(name);
    await server.stop();
  });

  it.each(declared)('%s is answered by its index', async (_name, query) => {
    const { index, example } = query.declaration;
    const { index: use_index, ...rest } = query(...(example as never[]));
    const { origin, username, password } = new URL(server.url);
    const login = `Basic ${btoa(`${decodeURIComponent(username)}:${decodeURIComponent(password)}`)}`;
    const answer = await fetch(`${origin}/${name}/_explain`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', ...(username && { authorization: login }) },
      body: JSON.stringify({ ...rest, ...(use_index && { use_index }) }),
    });
    const plan = (await answer.json()) as { index: { name: string } };
    expect(answer.status).toBe(200);
    if (index[0] === '_id') {
      expect(plan.index.name).toBe('_all_docs');
      expect(rest.limit ?? Number.POSITIVE_INFINITY).toBeLessThanOrEqual(FEW);
      expect(Object.keys(rest.selector)).toEqual(['_id']);
    } else expect(plan.index.name).toBe(indexName(index));
  });

  it('finds the same where an older version made other indexes, or nobody any', async () => {
    const bare = `${name}-bare`;
    const couch = connectTo(server.url);
    await couch.create(bare);
    const database = couch.open(bare);
    await database.ensureIndex(['state', 'substate']);
    await database.put({ _id: 'a', state: 'Delivered' });
    await database.put({ _id: 'b', state: 'Processing' });
    const found = await database.find(workflow.oussInState('Processing'));
    expect(found.map(({ _id }) => _id)).toEqual(['b']);
    await couch.remove(bare);
  });
});

describe('a declared query', () => {
  it.each(declared)('%s begins its index with one value, not with all', (_, query) => {
    const [first = ''] = query.declaration.index;
    const { selector } = query(...(query.declaration.example as never[]));
    const isOne = ['string', 'boolean', 'number'].includes(typeof selector[first]);
    expect(isOne || first === '_id' || SMALL_INDEXES.includes(first)).toBe(true);
  });

  it('of the workflow has an index that is made with its database', () => {
    for (const [, { declaration }] of declared) {
      const made = workflowDatabases.find((one) => one.name === declaration.database)?.indexes;
      if (!made || declaration.index[0] === '_id') continue;
      expect(made.map((fields) => indexName(fields))).toContain(indexName(declaration.index));
    }
  });

  it('is the only kind of query that actors, commands and dashboard make', () => {
    const adHoc = readSources()
      .filter(({ path }) => /^(mockup|dashboard)\//.test(path))
      .filter(({ path }) => !/^mockup\/(couch-server|simulator)\//.test(path))
      .filter(({ path }) => !(path in homes) && !OTHERS.includes(path))
      .flatMap(({ path, code }) =>
        [...code.matchAll(/(\.find(<[^(]*>)?\(\s*\{|\bqueries: \[\s*\{)/g)].map(() => path),
      );
    expect(adHoc, 'declare the query with its index in one of the homes').toEqual([]);
    const undeclared = readSources().filter(
      ({ path, code }) => path.startsWith('mockup/') && code.includes('declareQuery({'),
    );
    expect(undeclared.map(({ path }) => path).sort()).toEqual(Object.keys(homes).sort());
  });
});
