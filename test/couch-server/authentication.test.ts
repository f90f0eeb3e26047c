import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type CouchServer, startCouchServer } from '../../mockup/couch-server/server.ts';
import { type Client, clientOf } from './http-client.ts';

let server: CouchServer;
let admin: Client;
let nobody: Client;
const clients: Client[] = [];

function as(login: string): Client {
  const client = clientOf(server.url.replace('http://', `http://${login}${login && '@'}`));
  clients.push(client);
  return client;
}

beforeEach(async () => {
  server = await startCouchServer({ admins: { admin: 'secret' } });
  admin = as('admin:secret');
  nobody = as('');
  await admin('PUT', '/db');
  await admin('PUT', '/db/doc', { n: 1 });
  await admin('PUT', '/db/_local/x', { n: 1 });
});

afterEach(async () => {
  for (const client of clients.splice(0)) client.close();
  await server.close();
});

const user = (name: string, password: string, roles: string[] = []): object => ({
  ...{ name, password, roles, type: 'user' },
});

describe('where an administrator exists', () => {
  it('counts the guesses of a password that come all at once', async () => {
    await admin('PUT', '/_users/org.couchdb.user:ann', user('ann', 'pass'));
    const guesses = Array.from({ length: 20 }, (_, n) => as(`ann:guess${n}`)('GET', '/_session'));
    const statuses = (await Promise.all(guesses)).map(({ status }) => status).sort();
    expect(statuses).toEqual([...Array(5).fill(401), ...Array(15).fill(403)]);
  });

  it('lets the right password in while wrong ones of the same user and address wait', async () => {
    await admin('PUT', '/_users/org.couchdb.user:ann', user('ann', 'pass'));
    const guesses = Array.from({ length: 25 }, (_, n) => as(`ann:bad${n}`)('GET', '/db'));
    const open = new Set(guesses);
    for (const guess of guesses) void guess.finally(() => open.delete(guess));
    await Promise.all(guesses.slice(0, 5));
    expect((await as('ann:pass')('GET', '/_session')).body.userCtx.name).toBe('ann');
    expect(open.size).toBeGreaterThan(0);
    await Promise.all(guesses);
  });

  it('lets a client begin with many requests at once', async () => {
    await admin('PUT', '/_users/org.couchdb.user:ann', user('ann', 'pass'));
    const requests = Array.from({ length: 20 }, () => as('ann:pass')('GET', '/_session'));
    const names = (await Promise.all(requests)).map(({ body }) => body.userCtx.name);
    expect(new Set(names)).toEqual(new Set(['ann']));
  });

  it('does not remember a password that is changed while it is checked', async () => {
    const path = '/_users/org.couchdb.user:ann';
    const { rev } = (await admin('PUT', path, user('ann', 'old'))).body;
    const ann = as('ann:old');
    const [changed] = await Promise.all([
      admin('PUT', path, { ...user('ann', 'new'), _rev: rev }),
      ...Array.from({ length: 5 }, () => ann('GET', '/_session')),
    ]);
    expect(changed.status).toBe(201);
    expect((await ann('GET', '/_session')).status).toBe(401);
  });

  it('lets nobody else near _replicator, whatever its security says', async () => {
    await admin('PUT', '/_users/org.couchdb.user:ann', user('ann', 'pass'));
    const ann = as('ann:pass');
    const security = { members: { names: ['ann'], roles: [] }, admins: { names: ['ann'] } };
    expect((await admin('PUT', '/_replicator/_security', security)).status).toBe(200);
    const job = { source: 'db', target: 'theirs', create_target: true };
    expect((await ann('PUT', '/_replicator/job', job)).status).toBe(403);
    expect((await ann('GET', '/_replicator/_all_docs')).status).toBe(401);
    expect((await admin('GET', '/theirs')).status).toBe(404);
  });

  it('does not let a user keep roles on a second branch', async () => {
    const path = '/_users/org.couchdb.user:ann';
    await admin('PUT', path, user('ann', 'pass', ['reviewer']));
    const ann = as('ann:pass');
    const { body: stored } = await ann('GET', path);
    const branch = { ...stored, _rev: '2-aaaa', _revisions: { start: 2, ids: ['aaaa', 'bbbb'] } };
    expect((await ann('PUT', `${path}?new_edits=false`, branch)).status).toBe(403);
    expect((await ann('PUT', path, { ...stored, note: 1 })).status).toBe(201);
  });

  it('shows nobody anything but / and /_up', async () => {
    const paths = [
      ...[
        '/_all_dbs',
        '/_dbs_info',
        '/_active_tasks',
        '/_db_updates',
        '/_membership',
        '/_node/_local',
      ],
      ...[
        '/_node/_local/_stats',
        '/_node/_local/_prometheus',
        '/_scheduler/jobs',
        '/_scheduler/docs',
      ],
      ...[
        '/_replicate',
        '/_users',
        '/_users/_all_docs',
        '/_replicator',
        '/_replicator/_all_docs',
        '/db',
      ],
      ...[
        '/db/doc',
        '/db/doc/att',
        '/db/_all_docs',
        '/db/_changes',
        '/db/_find',
        '/db/_index',
        '/none',
      ],
      ...[
        '/db/_explain',
        '/db/_bulk_docs',
        '/db/_bulk_get',
        '/db/_revs_diff',
        '/db/_missing_revs',
        '/none/x',
      ],
      ...[
        '/db/_security',
        '/db/_revs_limit',
        '/db/_compact',
        '/db/_purge',
        '/db/_local/x',
        '/db/_local_docs',
      ],
      ...['/db/_design/d', '/db/_design/d/_view/v', '/db/_design_docs', '/db/_ensure_full_commit'],
      ...[
        '/db/_all_docs/queries',
        '/db/_view_cleanup',
        '/db/_index/_design/d/json/n',
        '/db/_design/d/att',
      ],
    ];
    const before = (await admin('GET', '/db')).body;
    for (const path of paths) {
      for (const method of ['GET', 'HEAD', 'PUT', 'POST', 'DELETE', 'COPY']) {
        const body = method === 'PUT' || method === 'POST' ? { n: 2 } : undefined;
        const { status } = await nobody(method, path, body, { Destination: 'other' });
        // That a database is not there, CouchDB tells everybody; it makes none for them.
        const absent =
          path.startsWith('/none') && !(path === '/none' && /PUT|DELETE/.test(method));
        expect(status, `${method} ${path}`).toBe(absent ? 404 : 401);
      }
    }
    expect((await admin('GET', '/db')).body).toEqual(before);
    expect((await admin('GET', '/_all_dbs')).body).toEqual(['_replicator', '_users', 'db']);
    expect((await nobody('GET', '/')).status).toBe(200);
    expect((await nobody('GET', '/_up')).status).toBe(200);
  });

  it('lets a user see and change himself alone in _users', async () => {
    await admin('PUT', '/_users/org.couchdb.user:ann', user('ann', 'one', ['staff']));
    await admin('PUT', '/_users/org.couchdb.user:bob', user('bob', 'two'));
    const ann = as('ann:one');
    const own = await ann('GET', '/_users/org.couchdb.user:ann');
    expect(own.body).toMatchObject({ name: 'ann', roles: ['staff'] });
    expect(own.body.password).toBeUndefined();
    expect((await ann('GET', '/_users/org.couchdb.user:bob')).status).toBe(403);
    expect((await ann('GET', '/_users/_all_docs')).status).toBe(401);
    const { _rev } = own.body;
    const raised = { ...user('ann', 'new', ['staff', 'boss']), _rev };
    expect((await ann('PUT', '/_users/org.couchdb.user:ann', raised)).status).toBe(403);
    const renewed = { ...user('ann', 'new', ['staff']), _rev };
    expect((await ann('PUT', '/_users/org.couchdb.user:ann', renewed)).status).toBe(201);
    expect((await ann('GET', '/_session')).status).toBe(401);
    expect((await as('ann:new')('GET', '/_session')).body.userCtx.name).toBe('ann');
  });

  it('ends the sessions of a user whose password changed', async () => {
    const path = '/_users/org.couchdb.user:ann';
    const { rev } = (await admin('PUT', path, user('ann', 'one'))).body;
    const login = await nobody('POST', '/_session', { name: 'ann', password: 'one' });
    const cookie = { Cookie: String(login.headers['set-cookie']).split(';')[0] };
    const name = async (): Promise<unknown> =>
      (await nobody('GET', '/_session', undefined, cookie)).body.userCtx.name;
    expect(await name()).toBe('ann');
    await admin('PUT', path, { ...user('ann', 'two'), _rev: rev });
    expect(await name()).toBeNull();
  });

  it('refuses forged and altered cookies', async () => {
    const fields = ['admin', String(Math.floor(Date.now() / 1000)), 'x'.repeat(43)];
    const forged = Buffer.from(JSON.stringify(fields)).toString('base64url');
    const headers = { Cookie: `AuthSession=${forged}` };
    const { body } = await nobody('GET', '/_session', undefined, headers);
    expect(body.userCtx.name).toBeNull();
    expect((await nobody('GET', '/_all_dbs', undefined, headers)).status).toBe(401);
  });

  it('makes a guesser of passwords wait', async () => {
    await admin('PUT', '/_users/org.couchdb.user:ann', user('ann', 'one'));
    const guess = as('ann:wrong');
    for (let n = 0; n < 5; n++) expect((await guess('GET', '/db')).status).toBe(401);
    expect((await guess('GET', '/db')).status).toBe(403);
    // The owner has not guessed: the right password is let in at any time.
    expect((await as('ann:one')('GET', '/_session')).status).toBe(200);
    expect((await admin('GET', '/db')).status).toBe(200);
  });

  it('checks users that bulk requests bring', async () => {
    const docs = [{ _id: 'org.couchdb.user:eve', ...user('eve', 'x') }];
    await admin('POST', '/_users/_bulk_docs', { docs });
    expect((await as('eve:x')('GET', '/_session')).body.userCtx.name).toBe('eve');
    const bad = [{ _id: 'org.couchdb.user:root', ...user('root', 'x', ['_admin']) }];
    expect((await admin('POST', '/_users/_bulk_docs', { docs: bad })).status).toBe(403);
  });

  it('lets members write documents but no design documents', async () => {
    await admin('PUT', '/_users/org.couchdb.user:ann', user('ann', 'one'));
    await admin('PUT', '/db/_security', { members: { names: ['ann'], roles: [] } });
    const ann = as('ann:one');
    expect((await ann('PUT', '/db/mine', {})).status).toBe(201);
    expect((await ann('POST', '/db/_find', { selector: {} })).status).toBe(200);
    const ddoc = { _id: '_design/d', x: 1 };
    const index = { index: { fields: ['n'] } };
    const tries: [string, string, unknown][] = [
      ['PUT', '/db/_design/d', ddoc],
      ['PUT', '/db/_design%2Fd', ddoc],
      ['POST', '/db', ddoc],
      ['POST', '/db/_index', index],
      ['PUT', '/db/_revs_limit', '5'],
      ['PUT', '/db/_design/d/att', 'x'],
    ];
    for (const [method, path, body] of tries) {
      expect((await ann(method, path, body)).status, `${method} ${path}`).toBe(403);
    }
    for (const path of ['/db/_compact', '/db/_view_cleanup', '/db/_purge']) {
      expect((await ann('POST', path, {})).status, path).toBe(401);
    }
    const forbidden = { id: '_design/d', error: 'forbidden' };
    const bulk = { docs: [{ _id: 'other' }, ddoc] };
    const both = (await ann('POST', '/db/_bulk_docs', bulk)).body;
    expect(both).toMatchObject([{ ok: true, id: 'other' }, forbidden]);
    const replicated = { docs: [{ ...ddoc, _rev: '1-a' }], new_edits: false };
    expect((await ann('POST', '/db/_bulk_docs', replicated)).body).toMatchObject([forbidden]);
    const copied = await ann('COPY', '/db/mine', undefined, { Destination: '_design/d' });
    expect(copied.status).toBe(403);
    expect((await admin('GET', '/db/_design_docs')).body.rows).toEqual([]);
  });
});

describe('without an administrator', () => {
  it('refuses to listen beyond loopback, and says what to do', async () => {
    await expect(startCouchServer({ host: '0.0.0.0' })).rejects.toMatchObject({
      code: 'not_loopback',
      hint: expect.stringContaining('--admin'),
    });
  });
});
