// `draws replicate` between two real servers: the plan first, then what it says, then its state.

import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { connectTo } from '../../mockup/cli/site/connection.ts';
import { type CouchServer, startCouchServer } from '../../mockup/couch-server/server.ts';
import { Releases } from '../../mockup/platform/process/releases.ts';
import { runDraws } from '../cli/run-draws.ts';

let releases: Releases;
let jao: CouchServer;
let eu: CouchServer;
let env: Record<string, string>;
let arc: string;

const login = (server: CouchServer, password = 'secret') =>
  server.url.replace('//', `//me:${password}@`);

beforeEach(async () => {
  releases = new Releases();
  const start = async (): Promise<CouchServer> => {
    const server = await startCouchServer({ admins: { me: 'secret' } });
    releases.add(() => server.close());
    await runDraws(['init'], { COUCHDB_URL: login(server) });
    return server;
  };
  jao = await start();
  eu = await start();
  env = { DRAWS_LOCATION: 'JAO', COUCHDB_URL: login(jao) };
  arc = `EU=${login(eu)}`;
});

afterEach(() => releases.release());

const replicate = (...args: string[]) => runDraws(['replicate', ...args], env);

interface Row {
  id: string;
  state: string;
  behind?: number;
  lastError?: string;
}

async function states(...args: string[]): Promise<Row[]> {
  return JSON.parse((await replicate('status', '--json', ...args)).stdout);
}

it('shows the plan, carries it out once, and takes it back', async () => {
  const plan = await replicate('apply', '--dry-run', '--arc', arc);
  expect(plan.stdout.trim().split('\n')).toHaveLength(9);
  expect(plan.stdout).toMatch(/^msgq +EU → JAO +would be created/m);
  expect((await states('--arc', arc)).every(({ state }) => state === 'missing')).toBe(true);

  expect((await replicate('apply', '--arc', arc)).stdout).toMatch(/^ngas +JAO → EU +created/m);
  const again = await replicate('apply', '--arc', arc);
  expect(again.stdout.match(/unchanged/g)).toHaveLength(9);
  expect(`${plan.stdout}${again.stdout}`).not.toContain('secret');

  const cancelled = await replicate('cancel', '--arc', arc);
  expect(cancelled.stdout.match(/cancelled/g)).toHaveLength(9);
  expect((await replicate('cancel', '--arc', arc)).stdout.match(/absent/g)).toHaveLength(9);
});

it('tells the state of each, also of a site that is known from what is set up', async () => {
  await replicate('apply', '--arc', arc);
  const running = Array(9).fill('running');
  await expect
    .poll(async () => (await states()).map(({ state }) => state), { timeout: 10_000 })
    .toEqual(running);
  await expect
    .poll(async () => (await states('--arc', arc)).map(({ behind }) => behind))
    .toEqual(Array(9).fill(0));
  env = { DRAWS_LOCATION: 'EU', COUCHDB_URL: login(eu) };
  expect(await states('--at', 'JAO')).toMatchObject([
    { id: 'draws-msgq-from-EU-to-JAO' },
    { id: 'draws-actors-from-EU-to-JAO' },
  ]);
});

it('tells a wrong password and a server that is away, without the password', async () => {
  await replicate('apply', '--at', 'JAO', '--arc', `EU=${login(eu, 'guess')}`);
  const failing = async () => (await states('--at', 'JAO', '--arc', arc))[0];
  await expect
    .poll(failing, { timeout: 10_000 })
    .toMatchObject({ state: 'crashing', lastError: expect.stringMatching(/unauthorized/) });
  const { stdout, exitCode } = await replicate('status', '--at', 'JAO', '--arc', arc);
  expect(exitCode).toBe(1);
  expect(stdout).not.toMatch(/guess|secret/);
  await eu.close();
  const [away] = (await states('--at', 'EU', '--arc', arc)) as [Row];
  expect(away).toMatchObject({ state: 'unreachable', lastError: expect.stringMatching(/EU at/) });
});

it('takes the ARCs from variables, which nobody else sees, unless one is named', async () => {
  env.DRAWS_EU_COUCHDB = login(eu);
  env.DRAWS_NA_COUCHDB = 'http://127.0.0.1:9';
  const all = await replicate('apply', '--dry-run', '--at', 'JAO');
  expect(all.stdout.match(/would be created/g)).toHaveLength(4);
  const named = await replicate('apply', '--dry-run', '--at', 'JAO', '--arc', arc);
  expect(named.stdout.match(/would be created/g)).toHaveLength(2);
  env = { DRAWS_LOCATION: 'EU', COUCHDB_URL: login(eu), DRAWS_JAO_COUCHDB: login(jao) };
  expect((await replicate('apply')).stdout.match(/ created /g)).toHaveLength(9);
  env = { DRAWS_LOCATION: 'JAO', COUCHDB_URL: login(jao), DRAWS_EU_COUCHDB: 'arc-host' };
  expect((await replicate('apply')).stderr).toMatch(/DRAWS_EU_COUCHDB.*expected http/);
});

it('writes nothing when it only shows a plan', async () => {
  const fresh = createServer((request, response) => {
    written.push(...(request.method === 'GET' ? [] : [`${request.method} ${request.url}`]));
    response.setHeader('content-type', 'application/json');
    response.end(request.url === '/_all_dbs' ? '["msgq"]' : '{}');
  });
  const written: string[] = [];
  await new Promise<void>((resolve) => fresh.listen(0, '127.0.0.1', resolve));
  releases.add(() => fresh.close());
  env.COUCHDB_URL = `http://127.0.0.1:${(fresh.address() as AddressInfo).port}`;
  const plan = await replicate('apply', '--dry-run', '--at', 'JAO', '--arc', arc);
  expect(plan.stdout.match(/would be created/g)).toHaveLength(2);
  const cancelled = await replicate('cancel', '--dry-run', '--at', 'JAO', '--arc', arc);
  expect(cancelled.stdout.match(/absent/g)).toHaveLength(2);
  expect(written).toEqual([]);
});

it('passes over what others wrote into the replicator', async () => {
  await replicate('apply', '--arc', arc);
  const replicator = connectTo(login(jao)).open('_replicator');
  const source = { url: 'http://127.0.0.1:9/x', auth: {} };
  await replicator.put({ _id: 'draws-(-from-EU-to-JAO', source, target: source });
  await replicator.put({ _id: 'draws-actors-from-NA-to-JAO', source, target: source });
  // One that ended is taken as it is, whatever it lacks.
  const ended = { target: source, _replication_state: 'failed' };
  await replicator.put({ _id: 'draws-msgq-from-NA-to-JAO', ...ended });
  const { stdout } = await runDraws(['status'], env);
  expect(stdout).toMatch(/actors from NA is /);
});
