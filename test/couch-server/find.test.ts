import fc from 'fast-check';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { type CouchServer, startCouchServer } from '../../mockup/couch-server/server.ts';
import { type Client, clientOf } from './http-client.ts';
import './seed.ts';

let server: CouchServer;
let client: Client;
let database = '';
let number = 0;

beforeAll(async () => {
  server = await startCouchServer();
  client = clientOf(server.url);
});

afterAll(async () => {
  client.close();
  await server.close();
});

beforeEach(async () => {
  database = `/find${number++}`;
  await client('PUT', database);
});

const scalar = fc.oneof(
  fc.constantFrom(null, true, false),
  fc.integer({ min: -3, max: 3 }),
  fc.constantFrom('a', 'B', 'é', 'b', ''),
);
const document = fc.record({ x: scalar, y: scalar }, { requiredKeys: [] });
const comparison = fc.constantFrom('$eq', '$lt', '$lte', '$gt', '$gte', '$ne');
const condition = fc.oneof(
  scalar,
  fc.tuple(comparison, scalar).map(([operator, value]) => ({ [operator]: value })),
  fc.tuple(scalar, scalar).map(([low, high]) => ({ $gte: low, $lt: high })),
  fc.array(scalar, { maxLength: 3 }).map((list) => ({ $in: list })),
);
const selector = fc.oneof(
  fc.record({ x: condition }),
  fc.record({ x: condition, y: condition }),
  fc.tuple(condition, condition).map(([x, y]) => ({ $and: [{ x }, { y }] })),
  fc.tuple(condition, condition).map(([x, y]) => ({ x, $or: [{ y }, { x: y }] })),
);

const idsOf = (body: { docs: { _id: string }[] }): string[] =>
  body.docs.map(({ _id }) => _id).sort();

describe('an index', () => {
  it('gives what a scan of all documents gives, through updates and deletions', async () => {
    for (const [name, fields] of Object.entries({ one: ['x'], two: ['x', 'y'] })) {
      await client('POST', `${database}/_index`, { index: { fields }, ddoc: name, name });
    }
    const docs = fc.array(document, { minLength: 20, maxLength: 40 });
    await fc.assert(
      fc.asyncProperty(
        docs,
        fc.array(selector, { minLength: 5, maxLength: 5 }),
        async (all, queries) => {
          await replaceAll(all);
          for (const query of queries) {
            const indexed = await client('POST', `${database}/_find`, {
              selector: query,
              limit: 1000,
            });
            // `_id` is in no index here: with it in the way of `$or` nothing is bounded.
            const scan = { $or: [query, query] };
            const scanned = await client('POST', `${database}/_find`, {
              selector: { _id: { $gt: null }, $or: [{ $and: [scan] }, { $nor: [{}] }] },
              limit: 1000,
            });
            expect(scanned.body.warning).toContain('No matching index');
            expect(idsOf(indexed.body), JSON.stringify(query)).toEqual(idsOf(scanned.body));
          }
        },
      ),
      { numRuns: 15 },
    );
  });

  async function replaceAll(docs: readonly object[]): Promise<void> {
    const { body } = await client('GET', `${database}/_all_docs?endkey="z"`);
    const revs = new Map<string, string>(
      body.rows.map((row: { id: string; value: { rev: string } }) => [row.id, row.value.rev]),
    );
    const next = docs.map((doc, n) => {
      const rev = revs.get(`d${n}`);
      revs.delete(`d${n}`);
      return rev === undefined ? { ...doc, _id: `d${n}` } : { ...doc, _id: `d${n}`, _rev: rev };
    });
    const gone = [...revs]
      .filter(([id]) => id.startsWith('d'))
      .map(([_id, _rev]) => ({ _id, _rev, _deleted: true }));
    const { body: written } = await client('POST', `${database}/_bulk_docs`, {
      docs: [...next, ...gone],
    });
    expect(written.every((row: { ok?: boolean }) => row.ok)).toBe(true);
  }

  it('is filled with what was there before it', async () => {
    const docs = Array.from({ length: 1500 }, (_, n) => ({ _id: `d${n}`, n }));
    await client('POST', `${database}/_bulk_docs`, { docs });
    await client('POST', `${database}/_index`, { index: { fields: ['n'] } });
    await client('PUT', `${database}/late`, { n: 5000 });
    const query = { selector: { n: { $gte: 1490 } }, sort: [{ n: 'desc' }], fields: ['n'] };
    const { body } = await client('POST', `${database}/_find`, query);
    const numbers = body.docs.map((doc: { n: number }) => doc.n);
    expect(numbers).toEqual([5000, 1499, 1498, 1497, 1496, 1495, 1494, 1493, 1492, 1491, 1490]);
  });

  it('holds only what its partial filter lets in, and is used only when named', async () => {
    const docs = Array.from({ length: 10 }, (_, n) => ({ _id: `d${n}`, n, open: n % 2 === 0 }));
    await client('POST', `${database}/_bulk_docs`, { docs });
    const index = { fields: ['n'], partial_filter_selector: { open: true } };
    await client('POST', `${database}/_index`, { index, ddoc: 'open', name: 'open' });
    const selector = { n: { $gte: 0 } };
    const plain = await client('POST', `${database}/_find`, { selector });
    expect(plain.body.docs).toHaveLength(10);
    const named = await client('POST', `${database}/_find`, { selector, use_index: 'open' });
    expect(named.body.docs.map((doc: { n: number }) => doc.n)).toEqual([0, 2, 4, 6, 8]);
  });

  it('arrives and goes with its design document', async () => {
    const view = {
      map: { fields: { n: 'asc' }, partial_filter_selector: {} },
      reduce: '_count',
      options: { def: { fields: ['n'] } },
    };
    const ddoc = { _id: '_design/r', _rev: '1-abc', language: 'query', views: { v: view } };
    await client('POST', `${database}/_bulk_docs`, { new_edits: false, docs: [ddoc] });
    expect((await client('GET', `${database}/_index`)).body.indexes[1].name).toBe('v');
    await client('DELETE', `${database}/_design/r?rev=1-abc`);
    expect((await client('GET', `${database}/_index`)).body.total_rows).toBe(1);
  });

  it('goes through all matches page by page with bookmarks', async () => {
    const docs = Array.from({ length: 53 }, (_, n) => ({ _id: `d${n}`, n: n % 4 }));
    await client('POST', `${database}/_bulk_docs`, { docs });
    await client('POST', `${database}/_index`, { index: { fields: ['n'] } });
    const ids: string[] = [];
    let bookmark: string | undefined;
    while (bookmark !== 'nil') {
      const query = { selector: { n: { $gt: 0 } }, limit: 10, ...(bookmark ? { bookmark } : {}) };
      const { body } = await client('POST', `${database}/_find`, query);
      ids.push(...idsOf(body));
      bookmark = body.bookmark;
    }
    expect(ids).toHaveLength(39);
    expect(new Set(ids).size).toBe(39);
  });
});

describe('a selector', () => {
  it('matches fields named as parts of the language', async () => {
    await client('PUT', `${database}/p`, '{"o": {"__proto__": {"a": 1}}, "constructor": 5}');
    const found = async (query: string): Promise<number> =>
      (await client('POST', `${database}/_find`, `{"selector": ${query}}`)).body.docs.length;
    expect(await found('{"o.__proto__.a": 1}')).toBe(1);
    expect(await found('{"constructor": 5}')).toBe(1);
    expect(await found('{"toString": {"$exists": true}}')).toBe(0);
    const { text } = await client('GET', `${database}/p`);
    expect(text).toContain('"__proto__":{"a":1}');
  });

  it('tells what is wrong with it', async () => {
    const status = async (query: unknown): Promise<unknown> => {
      const answer = await client('POST', `${database}/_find`, { selector: query });
      return [answer.status, answer.body.error];
    };
    expect(await status({ n: { $bogus: 1 } })).toEqual([400, 'invalid_operator']);
    expect(await status({ $or: 5 })).toEqual([400, 'bad_arg']);
    expect(await status({ n: { $mod: [0, 1] } })).toEqual([400, 'bad_arg']);
    let deep: object = { a: 1 };
    for (let n = 0; n < 500; n++) deep = { $and: [deep] };
    expect(await status(deep)).toEqual([400, 'bad_arg']);
  });
});
