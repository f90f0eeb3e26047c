// What nano, the client that ships, asks of a server, answered by the store itself: each method is one
// request, and passes the gate of the process that makes it.

import { parseFindQuery } from '../../couch-server/mango/find-query.ts';
import { parseIndexRequest, viewOf } from '../../couch-server/mango/index-definition.ts';
import type { CouchDocument, EditResult } from '../../couch-server/store/database.ts';
import { runFind } from '../../couch-server/store/indexes/find.ts';
import { choosePlan } from '../../couch-server/store/indexes/plan.ts';
import type { SqliteDatabase } from '../../couch-server/store/sqlite-database.ts';
import type { PortGate } from '../fault/port-gate.ts';
import type { ShippedServer } from './shipped-server.ts';

const NO_TURNS = { after: () => {}, now: () => 0, next: () => Promise.resolve() };
const LIST = `SELECT id FROM docs WHERE deleted = 0 AND id >= ? AND id < ?
  ORDER BY id LIMIT ? OFFSET ?`;
const LAST_ID = '\u{10ffff}';

type Ask = <T>(call: string, work: (database: SqliteDatabase) => T | Promise<T>) => Promise<T>;

/** The part of `nano.ServerScope` that the live adapter uses. */
export function createWire(server: ShippedServer, gate: PortGate) {
  const askOf =
    (name: string): Ask =>
    (call, work) =>
      gate.call(`${name}.${call}`, () => server.request(() => work(server.database(name))));
  const ask = <T>(call: string, work: () => T): Promise<T> =>
    gate.call(`server.${call}`, () => server.request(work));
  return {
    use: (name: string) => databaseScope(askOf(name)),
    request: ({ db, path, body }: { db: string; path: string; body: unknown }) =>
      path === '_bulk_docs' ? bulkDocs(askOf(db), String(body)) : bulkGet(askOf(db), body),
    session: () => ask('check', () => ({ userCtx: {} })),
    db: {
      create: (name: string) => ask('create', () => void server.store.createDatabase(name)),
      destroy: (name: string) => ask('remove', () => server.store.deleteDatabase(name)),
      list: () => ask('names', () => server.store.databaseNames()),
    },
  };
}

function databaseScope(ask: Ask) {
  return {
    info: () =>
      ask('info', (database) => {
        const { docCount, updateSeq } = database.info();
        return { doc_count: docCount, update_seq: updateSeq, sizes: { file: 0 } };
      }),
    get: (id: string) => ask('get', (database) => database.get(id)),
    fetch: ({ keys }: { keys: string[] }) =>
      ask('getMany', (database) => ({ rows: keys.map((key) => rowOf(database, key)) })),
    insert: (doc: CouchDocument) =>
      ask('put', async (database) => {
        const [result] = await database.write([doc]);
        return succeeded(result as EditResult);
      }),
    find: (query: unknown) => ask('find', (database) => find(database, query)),
    list: (options: ListOptions) => ask('allDocs', (database) => list(database, options)),
    changes: ({ limit }: { limit: number }) =>
      ask('newestIds', (database) => database.changes({ descending: true, limit })),
    createIndex: (index: { ddoc: string; name: string }) =>
      ask('ensureIndex', (database) => createIndex(database, index)),
    attachment: {
      insert: (id: string, name: string, data: Buffer, type: string, at: { rev: string }) =>
        ask('putAttachment', (database) => putAttachment(database, id, name, data, type, at.rev)),
      get: (id: string, name: string) =>
        ask('getAttachment', (database) => {
          const { _attachments } = database.get(id, { attachments: true });
          const found = (_attachments as Record<string, { data: string }>)[name];
          return Buffer.from(found?.data ?? '', 'base64');
        }),
    },
  };
}

function rowOf(database: SqliteDatabase, key: string) {
  const row = database.reader.row(key);
  if (!row) return { key, error: 'not_found' };
  if (row.deleted) return { key, id: key, value: { rev: row.rev, deleted: true }, doc: null };
  return { key, id: key, value: { rev: row.rev }, doc: database.get(key) };
}

async function find(database: SqliteDatabase, given: unknown) {
  const query = parseFindQuery(given);
  const plan = choosePlan(query, database.indexes.list);
  const docs: unknown[] = [];
  if (plan.empty) return { docs };
  const take = (text: string): boolean => docs.push(JSON.parse(text)) > 0;
  const { connection, indexes } = database;
  const { bookmark } = await runFind(connection, indexes, query, plan, take, NO_TURNS);
  return { docs, bookmark };
}

interface ListOptions {
  limit: number;
  skip: number;
  startkey?: string;
  endkey?: string;
}

function list(database: SqliteDatabase, { limit, skip, startkey = '', endkey }: ListOptions) {
  const end = endkey === undefined ? LAST_ID : `${endkey}\0`;
  const most = Number.isFinite(limit) ? limit : -1;
  const rows = database.connection.sql(LIST).all(startkey, end, most, skip);
  return { rows: rows.map(({ id }) => ({ id, doc: database.get(String(id)) })) };
}

async function createIndex(
  database: SqliteDatabase,
  index: { ddoc: string; name: string },
): Promise<void> {
  const _id = `_design/${index.ddoc}`;
  if (database.reader.row(_id)) return;
  const views = { [index.name]: viewOf(parseIndexRequest(index)) };
  await database.write([{ _id, language: 'query', views }]);
}

async function putAttachment(
  database: SqliteDatabase,
  id: string,
  name: string,
  data: Buffer,
  content_type: string,
  rev: string,
) {
  const doc = database.get(id);
  if (doc._rev !== rev) throw conflict();
  const stubs = (doc._attachments ?? {}) as object;
  const added = { content_type, data: data.toString('base64') };
  const [result] = await database.write([{ ...doc, _attachments: { ...stubs, [name]: added } }]);
  return succeeded(result as EditResult);
}

function bulkDocs(ask: Ask, body: string): Promise<EditResult[]> {
  return ask('bulk', (database) => {
    const { docs } = JSON.parse(body) as { docs: CouchDocument[] };
    return database.write(docs);
  });
}

function bulkGet(ask: Ask, body: unknown) {
  return ask('leaves', (database) => {
    const { docs } = body as { docs: { id: string }[] };
    const results = docs.map(({ id }) => {
      const isThere = database.reader.row(id) !== undefined;
      const missing = { id, rev: 'undefined', error: 'not_found', reason: 'missing' };
      const found = isThere ? database.openRevs(id, 'all', { revs: true }) : [];
      return { id, docs: isThere ? found : [{ error: missing }] };
    });
    return { results };
  });
}

function succeeded(result: EditResult): EditResult {
  if (!('error' in result)) return result;
  throw result.error === 'conflict' ? conflict() : { statusCode: 400, ...result };
}

const conflict = () => ({
  statusCode: 409,
  error: 'conflict',
  reason: 'Document update conflict.',
});
