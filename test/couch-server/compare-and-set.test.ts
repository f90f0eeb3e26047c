import { afterAll, beforeAll, expect, it } from 'vitest';
import { type CouchServer, startCouchServer } from '../../mockup/couch-server/server.ts';
import { type Client, clientOf } from './http-client.ts';

// Group commit puts writers into one transaction; of those that update one revision one may win.

const ROUNDS = process.env.DRAWS_LONG ? 2000 : 100;

let server: CouchServer;
let clients: Client[];

beforeAll(async () => {
  server = await startCouchServer();
  clients = Array.from({ length: 8 }, () => clientOf(server.url));
  await clients[0]?.('PUT', '/race');
});

afterAll(async () => {
  for (const client of clients) client.close();
  await server.close();
});

it('lets one of eight writers of a revision win, each time', { timeout: 120_000 }, async () => {
  let rev: string | undefined;
  for (let round = 0; round < ROUNDS; round++) {
    const given = rev === undefined ? {} : { _rev: rev };
    const answers = await Promise.all(
      clients.map((client, n) => client('PUT', '/race/one', { ...given, by: `${round}-${n}` })),
    );
    const statuses = answers.map(({ status }) => status).sort();
    expect(statuses).toEqual([201, 409, 409, 409, 409, 409, 409, 409]);
    const winner = answers.findIndex(({ status }) => status === 201);
    rev = answers[winner]?.body.rev;
    const { body } = (await clients[0]?.('GET', '/race/one')) ?? {};
    expect(body).toEqual({ _id: 'one', _rev: rev, by: `${round}-${winner}` });
  }
});

it('keeps the history of a thousand updates to the revs limit', async () => {
  const [client] = clients as [Client];
  await client('PUT', '/race/_revs_limit', '5');
  let rev = (await client('PUT', '/race/many', { n: 0 })).body.rev;
  for (let n = 1; n < 20; n++)
    rev = (await client('PUT', '/race/many', { n, _rev: rev })).body.rev;
  const { body } = await client('GET', '/race/many?revs=true');
  expect(body._revisions.start).toBe(20);
  expect(body._revisions.ids).toHaveLength(5);
});
