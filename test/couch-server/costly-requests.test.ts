import { gzipSync } from 'node:zlib';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { BodyBudget } from '../../mockup/couch-server/http/wire/body-budget.ts';
import { type CouchServer, startCouchServer } from '../../mockup/couch-server/server.ts';
import { type Client, clientOf } from './http-client.ts';

// A small request whose answer would cost much: it is refused, or gives way to others.

let server: CouchServer;
let client: Client;

beforeEach(async () => {
  server = await startCouchServer({ limits: { maxBodiesSize: 4_000_000 } });
  client = clientOf(server.url);
  await client('PUT', '/db');
});

afterEach(async () => {
  client.close();
  await server.close();
});

/** How many requests of another client are answered until this one is. */
async function answeredBeside<T>(work: Promise<T>): Promise<number> {
  const other = clientOf(server.url);
  let done = false;
  let answered = 0;
  const ended = work.finally(() => {
    done = true;
  });
  while (!done) {
    await other('GET', '/');
    if (!done) answered++;
  }
  other.close();
  await ended;
  return answered;
}

const find = async (selector: unknown) => {
  const { status, body } = await client('POST', '/db/_find', { selector });
  return [status, (body as { reason?: string }).reason];
};

it('of very many revisions of one document lets others be served', async () => {
  const docs = Array.from({ length: 400 }, (_, n) => ({
    _id: 'many',
    _rev: `1-${n.toString(16).padStart(32, '0')}`,
  }));
  const write = client('POST', '/db/_bulk_docs', { docs, new_edits: false });
  expect(await answeredBeside(write)).toBeGreaterThan(3);
  const { body } = await client('GET', '/db/many?conflicts=true');
  expect((body as { _conflicts: string[] })._conflicts).toHaveLength(399);
});

it('for a list of local documents, or many of them, lets others be served', async () => {
  const docs = Array.from({ length: 2_000 }, (_, n) => ({ _id: `_local/${n}`, n }));
  await client('POST', '/db/_bulk_docs', { docs });
  const queries = Array.from({ length: 40 }, () => ({ include_docs: true }));
  const listed = client('POST', '/db/_local_docs/queries', { queries });
  expect(await answeredBeside(listed)).toBeGreaterThan(3);
  const { results } = (await listed).body;
  expect(results.map(({ rows }: { rows: unknown[] }) => rows.length)).toEqual(
    Array(40).fill(2_000),
  );
});

it('of a replication that passes over many changes lets others be served', async () => {
  const text = 'x'.repeat(1000);
  const docs = Array.from({ length: 4_000 }, (_, n) => ({ n, text }));
  for (let from = 0; from < docs.length; from += 2000) {
    await client('POST', '/db/_bulk_docs', { docs: docs.slice(from, from + 2000) });
  }
  await client('PUT', '/other');
  const selector = {
    $or: Array.from({ length: 20 }, (_, k) => ({ text: { $regex: `^x+${k}$` } })),
  };
  const job = { source: `${server.url}/db`, target: `${server.url}/other`, selector };
  const replicated = client('POST', '/_replicate', { ...job, source: 'db', target: 'other' });
  expect(await answeredBeside(replicated)).toBeGreaterThan(3);
  expect((await replicated).body).toMatchObject({ ok: true });
});

it('of expressions that take long is refused', async () => {
  await client('PUT', '/db/text', { f: 'a'.repeat(100_000), list: [[1], [2]] });
  const slow = 'a?'.repeat(1000);
  expect(await find({ f: { $regex: `${slow}b` } })).toEqual([
    400,
    `The regular expression ${slow.slice(0, 100)} takes too long`,
  ]);
  const many = Array.from({ length: 4000 }, (_, n) => ({ g: { $regex: `(?=a${n})b` } }));
  expect(await find({ $or: many })).toEqual([200, undefined]);
  const more = Array.from({ length: 10_001 }, (_, n) => ({ g: { $regex: `(?=a${n})b` } }));
  expect((await find({ $or: more }))[0]).toBe(400);
});

it('of long lists is answered, or refused where all would be compared with all', async () => {
  const numbers = Array.from({ length: 100_000 }, (_, n) => n);
  await client('PUT', '/db/list', { numbers, lists: numbers.slice(0, 2000).map((n) => [n]) });
  const found = await client('POST', '/db/_find', {
    selector: { numbers: { $all: numbers } },
    fields: ['_id'],
  });
  expect(found.body).toMatchObject({ docs: [{ _id: 'list' }] });
  const lists = numbers.slice(0, 2000).map((n) => [n]);
  expect(await find({ lists: { $all: lists } })).toEqual([400, '$all compares too many objects']);
  expect(await find({ lists: { $in: lists } })).toEqual([400, '$in compares too many objects']);
});

it('of changes of which none is wanted lets others be served', async () => {
  const docs = Array.from({ length: 20_000 }, (_, n) => ({ _id: `d${n}`, kind: 'other' }));
  await client('POST', '/db/_bulk_docs', { docs });
  const path = '/db/_changes?filter=_selector&heartbeat=1';
  const changes = client('POST', path, { selector: { kind: { $regex: '^wanted' } } });
  expect(await answeredBeside(changes)).toBeGreaterThan(0);
  expect((await changes).body).toMatchObject({ results: [], pending: 0 });
});

it('of compressed bodies counts what is unpacked, and gives it back', async () => {
  const budget = new BodyBudget(1_000_000);
  const gone = budget.share();
  gone.release();
  expect(() => gone.grow(600_000)).toThrow('broke off');
  budget.share().grow(900_000);

  const large = gzipSync(JSON.stringify({ docs: [{ a: 'x'.repeat(3_900_000) }] }));
  const headers = { 'Content-Type': 'application/json', 'Content-Encoding': 'gzip' };
  const send = () => client('POST', '/db/_bulk_docs', large, headers);
  const answers = await Promise.all(Array.from({ length: 8 }, send));
  expect(new Set(answers.map(({ status }) => status))).toEqual(new Set([201, 503]));
  expect((await send()).status).toBe(201);
});

it('of a multipart document is read as other bodies are', async () => {
  const body = (json: string): Buffer =>
    Buffer.from(`--b\r\nContent-Type: application/json\r\n\r\n${json}\r\n--b--`);
  const headers = { 'Content-Type': 'multipart/related; boundary=b' };
  const put = (json: string) => client('PUT', '/db/parts', body(json), headers);
  expect((await put(`{"a":[${'0,'.repeat(2_000_000)}0]}`)).status).toBe(413);
  expect((await put(`{"a":${'['.repeat(200_000)}`)).status).toBe(400);
  expect((await put('{"a":1}')).status).toBe(201);
});
