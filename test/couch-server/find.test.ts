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
            // No index has all matches where one branch is about another field.
            const scanned = await client('POST', `${database}/_find`, {
              selector: { $or: [query, { never: 1 }] },
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
    for (let full = true; full; ) {
      const query = { selector: { n: { $gt: 0 } }, limit: 10, ...(bookmark ? { bookmark } : {}) };
      const { body } = await client('POST', `${database}/_find`, query);
      ids.push(...idsOf(body));
      full = body.docs.length > 0;
      // The last one stays where it was.
      if (!full) expect(body.bookmark).toBe(bookmark);
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
    expect(await status({ n: { $mod: [0.5, 1] } })).toEqual([400, 'bad_arg']);
    let deep: object = { a: 1 };
    for (let n = 0; n < 500; n++) deep = { $and: [deep] };
    expect(await status(deep)).toEqual([400, 'bad_arg']);
  });
});

describe('a partial index', () => {
  const index = (fields: string[], filter: object, ddoc: string) => ({
    index: { fields, partial_filter_selector: filter },
    ddoc,
    name: ddoc,
  });

  it('holds what its filter matches, through changes, and is read where it is named', async () => {
    await client('POST', `${database}/_index`, index(['state'], { open: true }, 'open'));
    const docs = Array.from({ length: 300 }, (_, n) => ({
      _id: `d${n}`,
      state: 'new',
      open: n < 3,
    }));
    await client('POST', `${database}/_bulk_docs`, { docs });
    const find = async (more: object = {}) => {
      const selector = { state: 'new', open: true };
      const query = { selector, execution_stats: true, use_index: ['open', 'open'], ...more };
      const { body } = await client('POST', `${database}/_find`, query);
      return [idsOf(body), body.execution_stats.total_docs_examined];
    };
    expect(await find()).toEqual([['d0', 'd1', 'd2'], 3]);
    const { body: first } = await client('GET', `${database}/d0`);
    await client('PUT', `${database}/d0`, { ...first, open: false });
    const { body: other } = await client('GET', `${database}/d9`);
    await client('PUT', `${database}/d9`, { ...other, open: true });
    expect(await find({ allow_fallback: false })).toEqual([['d1', 'd2', 'd9'], 3]);
    // Not named, it is not used: what it leaves out could match.
    expect(await find({ use_index: undefined })).toEqual([['d1', 'd2', 'd9'], 300]);
    const refused = await client('POST', `${database}/_find`, {
      selector: { open: true },
      use_index: 'open',
      allow_fallback: false,
    });
    expect([refused.status, refused.body.error]).toEqual([400, 'invalid_index']);
  });

  it('is filled from documents that were there before', async () => {
    const docs = Array.from({ length: 1200 }, (_, n) => ({ _id: `d${n}`, n, odd: n % 2 }));
    await client('POST', `${database}/_bulk_docs`, { docs });
    await client('POST', `${database}/_index`, index(['n'], { odd: 1 }, 'odd'));
    const query = { selector: { n: { $lt: 10 }, odd: 1 }, use_index: 'odd' };
    const { body } = await client('POST', `${database}/_find`, query);
    expect(idsOf(body)).toEqual(['d1', 'd3', 'd5', 'd7', 'd9']);
    expect(body.warning).toBeUndefined();
  });

  it('takes no expression whose time has no bound: it runs with every write', async () => {
    const evil = index(['n'], { text: { $regex: '(?=a)^(a+)+$' } }, 'evil');
    const { status, body } = await client('POST', `${database}/_index`, evil);
    expect([status, body.error]).toEqual([400, 'bad_arg']);
    const map = {
      fields: { n: 'asc' },
      partial_filter_selector: evil.index.partial_filter_selector,
    };
    const views = { v: { map, options: {} } };
    const ddoc = { _id: '_design/r', _rev: '1-abc', language: 'query', views };
    await client('POST', `${database}/_bulk_docs`, { new_edits: false, docs: [ddoc] });
    expect((await client('GET', `${database}/_index`)).body.total_rows).toBe(1);
    expect((await client('PUT', `${database}/x`, { n: 1, text: 'a'.repeat(40) })).status).toBe(
      201,
    );
  });
});

describe('an index request', () => {
  it('never takes the views of a design document in another language', async () => {
    const views = { v: { map: 'function (doc) { emit(doc._id); }' } };
    for (const [name, language] of Object.entries({ js: 'javascript', none: undefined })) {
      await client('PUT', `${database}/_design/${name}`, { language, views });
      const request = { index: { fields: ['n'] }, ddoc: name, name: 'n' };
      const { status, body } = await client('POST', `${database}/_index`, request);
      expect([status, body.error]).toEqual([400, 'invalid_ddoc_lang']);
      const deleted = await client('DELETE', `${database}/_index/${name}/json/v`);
      expect(deleted.status).toBe(404);
      const bulk = await client('POST', `${database}/_index/_bulk_delete`, { docids: [name] });
      expect(bulk.body).toEqual({
        success: [],
        fail: [{ id: `_design/${name}`, error: 'not_found' }],
      });
      const { body: kept } = await client('GET', `${database}/_design/${name}`);
      expect([kept._rev.slice(0, 2), kept.views]).toEqual(['1-', views]);
    }
  });

  it('leaves what else the design document holds, when it comes and when it goes', async () => {
    await client('PUT', `${database}/_design/q`, { language: 'query', note: 'ours' });
    const { _rev } = (await client('GET', `${database}/_design/q`)).body;
    await client('PUT', `${database}/_design/q/a.txt?rev=${_rev}`, Buffer.from('text'), {
      'Content-Type': 'text/plain',
    });
    await client('POST', `${database}/_index`, { index: { fields: ['n'] }, ddoc: 'q', name: 'n' });
    await client('DELETE', `${database}/_index/q/json/n`);
    const { body } = await client('GET', `${database}/_design/q`);
    expect(body).toMatchObject({ language: 'query', note: 'ours' });
    expect([body.views, Object.keys(body._attachments)]).toEqual([undefined, ['a.txt']]);
  });
});

it('finds documents by values of any length, with an index that keeps the beginning of them', async () => {
  await client('POST', `${database}/_index`, { index: { fields: ['text', 'n'] }, ddoc: 'text' });
  const long = 'x'.repeat(20_000);
  const texts = ['x', long, `${long}a`, `${long}b`, `${long}B`, 'y', 'x'.repeat(300_000)];
  const docs = texts.map((text, n) => ({ _id: `d${n}`, text, n }));
  await client('POST', `${database}/_bulk_docs`, { docs });
  const found = async (selector: object): Promise<string[]> => {
    const { body } = await client('POST', `${database}/_find`, {
      selector,
      use_index: 'text',
      limit: 50,
    });
    return body.docs.map(({ _id }: { _id: string }) => _id).sort();
  };
  expect(await found({ text: `${long}a` })).toEqual(['d2']);
  expect(await found({ text: `${long}a`, n: 2 })).toEqual(['d2']);
  expect(await found({ text: `${long}a`, n: { $gt: 2 } })).toEqual([]);
  expect(await found({ text: { $gt: long } })).toEqual(['d2', 'd3', 'd4', 'd5', 'd6']);
  expect(await found({ text: { $gte: long, $lt: `${long}b` } })).toEqual(['d1', 'd2']);
  expect(await found({ text: { $lte: long } })).toEqual(['d0', 'd1']);
  expect(await found({ text: { $gt: `${long}b` } })).toEqual(['d4', 'd5', 'd6']);
  await client('PUT', `${database}/d1`, {
    ...docs[1],
    text: 'z',
    _rev: (await client('GET', `${database}/d1`)).body._rev,
  });
  expect(await found({ text: { $gte: long } })).toEqual(
    ['d2', 'd3', 'd4', 'd5', 'd6', 'd1'].sort(),
  );
  const pages: string[] = [];
  for (let bookmark = ''; ; ) {
    const query = { selector: { text: { $gte: 'x' } }, use_index: 'text', limit: 1, bookmark };
    const { body } = await client('POST', `${database}/_find`, query);
    if (body.docs.length === 0) break;
    pages.push(body.docs[0]._id);
    bookmark = body.bookmark;
    expect(bookmark.length).toBeLessThan(10_000);
  }
  expect(pages.toSorted()).toEqual(docs.map(({ _id }) => _id));
});
