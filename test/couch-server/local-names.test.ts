import { afterEach, beforeEach, expect, it } from 'vitest';
import { requireLocalNames } from '../../mockup/couch-server/auth/local-requests.ts';
import { type CouchServer, startCouchServer } from '../../mockup/couch-server/server.ts';
import { type Client, clientOf } from './http-client.ts';

// Without an administrator the server answers this machine's programs alone: not pages of other
// sites that have their own name resolve to 127.0.0.1, and not what a proxy says of itself.

let server: CouchServer;
let client: Client;

beforeEach(async () => {
  server = await startCouchServer();
  client = clientOf(server.url);
  await client('PUT', '/db');
});

afterEach(async () => {
  client.close();
  await server.close();
});

const refused = ['evil.example', 'evil.example:5984', '127.0.0.1.evil.example', 'localhost.evil'];

it.each(refused)('refuses requests to Host %s', async (Host) => {
  for (const [method, path] of [
    ['GET', '/'],
    ['GET', '/_all_dbs'],
    ['GET', '/db/_all_docs'],
    ['PUT', '/db/x'],
    ['DELETE', '/db'],
    ['POST', '/_replicate'],
  ] as const) {
    const { status, body } = await client(method, path, method === 'GET' ? undefined : {}, {
      Host,
    });
    expect([status, body.error, body.reason], path).toEqual([
      403,
      'forbidden',
      expect.stringContaining('--admin'),
    ]);
  }
  expect((await client('GET', '/db')).body.doc_count).toBe(0);
});

it.each(['http://evil.example', 'https://evil.example:5984', 'null', 'file://'])(
  'refuses pages of %s',
  async (Origin) => {
    const headers = { Origin, 'Content-Type': 'text/plain' };
    expect((await client('POST', '/_session', 'name=a', headers)).status).toBe(403);
    expect((await client('GET', '/db', undefined, { Origin })).status).toBe(403);
  },
);

it('answers every name of this machine, and its own pages', async () => {
  const { port } = server;
  for (const Host of [
    'localhost',
    `LOCALHOST:${port}`,
    '127.0.0.1',
    '127.1.2.3:1',
    `[::1]:${port}`,
  ]) {
    expect((await client('GET', '/db', undefined, { Host })).status, Host).toBe(200);
  }
  const Origin = 'http://localhost:5000';
  expect((await client('GET', '/db', undefined, { Origin })).status).toBe(200);
  expect(() => requireLocalNames({ headers: {} } as never)).not.toThrow();
});

it('takes no word from proxies', async () => {
  const headers = { 'X-Forwarded-For': '127.0.0.1', 'X-Forwarded-Host': 'localhost' };
  const { status } = await client('GET', '/db', undefined, { ...headers, Host: 'evil.example' });
  expect(status).toBe(403);
  const guarded = await startCouchServer({ admins: { admin: 'secret' } });
  const stranger = clientOf(guarded.url);
  expect((await stranger('GET', '/_all_dbs', undefined, headers)).status).toBe(401);
  // With an administrator the name does not matter: passwords do.
  const admin = clientOf(guarded.url.replace('//', '//admin:secret@'));
  const answer = await admin('GET', '/_all_dbs', undefined, { Host: 'couch.example' });
  expect(answer.status).toBe(200);
  for (const one of [stranger, admin]) one.close();
  await guarded.close();
});

it('refuses to listen elsewhere', async () => {
  for (const host of ['0.0.0.0', '::', '127.0.0.1.evil.example', '10.0.0.1']) {
    await expect(startCouchServer({ host })).rejects.toMatchObject({ code: 'not_loopback' });
  }
});
