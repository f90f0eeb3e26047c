// What a person is told where nobody answers at the address of the database server, or somebody else.

import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { runDraws } from './run-draws.ts';

let page: Server;
let url: string;
let status = 404;

beforeEach(async () => {
  page = createServer((_, response) => {
    response.writeHead(status, { 'content-type': 'text/html' }).end('<h1>nothing here</h1>');
  });
  await new Promise<void>((resolve) => page.listen(0, '127.0.0.1', resolve));
  url = `http://127.0.0.1:${(page.address() as AddressInfo).port}`;
});

const close = () => new Promise((resolve) => page.close(resolve));
afterEach(close);

it.each([['init'], ['status'], ['messages'], ['history', 'uid://X1/X1/X1']])(
  '%s says that a web server is no CouchDB server',
  async (...args) => {
    status = 404;
    const { exitCode, stderr } = await runDraws(args, { COUCHDB_URL: url });
    expect([exitCode, stderr]).toEqual([
      1,
      `draws: what answers at ${url} is no CouchDB server (is the port in its URL right?)\n`,
    ]);
  },
);

it('says so of one that has a page for every address', async () => {
  status = 200;
  const { exitCode, stderr } = await runDraws(['status'], { COUCHDB_URL: url });
  expect([exitCode, stderr]).toEqual([
    1,
    `draws: what answers at ${url} is no CouchDB server (is the port in its URL right?)\n`,
  ]);
});

it('says in words that nobody answers', async () => {
  await close();
  const { exitCode, stderr } = await runDraws(['status'], { COUCHDB_URL: url });
  expect([exitCode, stderr]).toEqual([
    1,
    `draws: can't connect to ${url}: connection refused ` +
      '(is the CouchDB server running, and its URL right?)\n',
  ]);
});
