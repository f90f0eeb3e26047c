// `draws doctor` against real servers: each thing that can be wrong, and the line that says so.

import { chmodSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import type { Finding } from '../../../mockup/cli/doctor/finding.ts';
import { type CouchServer, startCouchServer } from '../../../mockup/couch-server/server.ts';
import { createSystemClock } from '../../../mockup/platform/clock/system-clock.ts';
import { createNanoServer } from '../../../mockup/platform/couch/nano/nano-server.ts';
import { silentLogger } from '../../../mockup/platform/log/logger.ts';
import { Releases } from '../../../mockup/platform/process/releases.ts';
import { createSystemRandom } from '../../../mockup/platform/random/system-random.ts';
import { runDraws } from '../run-draws.ts';

let releases: Releases;
let directory: string;
let jao: CouchServer;
let eu: CouchServer;
let env: Record<string, string>;
let path: string | undefined;
let freePorts: number[];

const login = (server: CouchServer, password = 'secret') =>
  server.url.replace('//', `//me:${password}@`);

beforeEach(async () => {
  releases = new Releases();
  path = process.env.PATH;
  directory = mkdtempSync(join(tmpdir(), 'draws-doctor-'));
  releases.add(() => rmSync(directory, { recursive: true }));
  [jao, eu] = (await Promise.all([1, 2].map(startServer))) as [CouchServer, CouchServer];
  freePorts = await findFreePorts(2);
  mkdirSync(join(directory, 'cache/weblogs'), { recursive: true });
  env = {
    DRAWS_LOCATION: 'JAO',
    COUCHDB_URL: login(jao),
    DRAWS_LOCAL_CACHE: join(directory, 'cache'),
    DRAWS_EU_CACHE: '/elsewhere',
  };
});

/** Ports that nobody had a moment ago. */
async function findFreePorts(count: number): Promise<number[]> {
  const holders = await Promise.all(
    Array.from({ length: count }, async () => {
      const holder = createServer();
      await new Promise<void>((resolve) => holder.listen(0, '127.0.0.1', resolve));
      return holder;
    }),
  );
  const ports = holders.map((holder) => (holder.address() as AddressInfo).port);
  await Promise.all(holders.map((holder) => new Promise((resolve) => holder.close(resolve))));
  return ports;
}

afterEach(async () => {
  process.env.PATH = path;
  await releases.release();
});

async function startServer(): Promise<CouchServer> {
  const server = await startCouchServer({ admins: { me: 'secret' } });
  releases.add(() => server.close());
  return server;
}

/** Both servers with databases and replications, as MULTIHOST.md says. */
async function setUp(): Promise<void> {
  for (const server of [jao, eu]) {
    expect((await runDraws(['init'], { COUCHDB_URL: login(server) })).exitCode).toBe(0);
  }
  const apply = await runDraws(['replicate', 'apply', '--arc', `EU=${login(eu)}`], env);
  expect(apply.stderr).toBe('');
}

async function findings(...args: string[]): Promise<Finding[]> {
  const free = ['--cache-port', String(freePorts[0]), '--dashboard-port', String(freePorts[1])];
  const { stdout, exitCode } = await runDraws(['doctor', '--json', ...free, ...args], env);
  const found: Finding[] = JSON.parse(stdout);
  expect(exitCode).toBe(found.every(({ ok }) => ok) ? 0 : 1);
  return found;
}

const linesOf = (found: Finding[], area: string) =>
  found
    .filter((one) => one.area === area)
    .map(({ ok, what, advice }) => `${ok ? 'OK' : 'PROBLEM'} ${what} → ${advice ?? ''}`);

/** The one problem of an area. */
function problemOf(found: Finding[], area: string): string {
  const problems = linesOf(found, area).filter((line) => line.startsWith('PROBLEM'));
  expect(problems, JSON.stringify(found)).toHaveLength(1);
  return problems[0] ?? '';
}

it('finds a site well that was set up as written', async () => {
  await setUp();
  const running = () =>
    expect.poll(async () => (await findings()).filter(({ ok }) => !ok), { timeout: 50_000 });
  await running().toEqual([]);
  const found = await findings();
  expect(linesOf(found, 'databases')).toHaveLength(2);
  expect(linesOf(found, 'replication')).toEqual([
    expect.stringContaining('msgq EU → JAO: running'),
    expect.stringContaining('actors EU → JAO: running'),
  ]);
  const { stdout } = await runDraws(['doctor', '--cache-port', String(freePorts[0])], env);
  expect(stdout).toMatch(/^OK +clocks +EU's server/m);
  expect(`${JSON.stringify(found)}${stdout}`).not.toContain('secret');
});

it('misses databases and replications', async () => {
  await runDraws(['init'], { COUCHDB_URL: login(eu) });
  const found = await findings('--arc', `EU=${login(eu)}`);
  expect(problemOf(found, 'databases')).toMatch(/JAO at .* lacks status-entities;.*"draws init"/);
  const missing = linesOf(found, 'replication');
  expect(missing).toEqual([
    expect.stringMatching(/msgq EU → JAO: missing → .*replicate apply/),
    expect.stringMatching(/actors EU → JAO: missing/),
  ]);
});

it('tells a wrong password', async () => {
  await setUp();
  const wrong = await findings('--arc', `EU=${login(eu, 'guess')}`);
  expect(problemOf(wrong, 'databases')).toMatch(/EU at .* refuses these credentials → .*password/);
  env.COUCHDB_URL = login(jao, 'guess');
  const own = await findings('--arc', `EU=${login(eu)}`);
  expect(problemOf(own, 'databases')).toMatch(/JAO at .* refuses these credentials/);
  expect(`${JSON.stringify(wrong)}${JSON.stringify(own)}`).not.toContain('guess');
});

it('tells an unreachable host, and the replications that suffer', async () => {
  await setUp();
  await eu.close();
  await expect
    .poll(async () => linesOf(await findings(), 'replication'), { timeout: 15_000 })
    .toEqual([
      expect.stringMatching(/^PROBLEM msgq EU → JAO: crashing.* → is the source up/),
      expect.stringMatching(/^PROBLEM actors EU → JAO: crashing/),
    ]);
  expect(problemOf(await findings(), 'databases')).toMatch(/EU at \S+ does not answer → /);
});

it('tells what is wrong with caches and variables', async () => {
  await setUp();
  rmSync(join(directory, 'cache/weblogs'), { recursive: true });
  delete env.DRAWS_EU_CACHE;
  const found = await findings();
  expect(problemOf(found, 'cache directories')).toMatch(/weblogs does not exist → mkdir -p/);
  expect(problemOf(found, 'environment')).toMatch(/cache of EU is → export DRAWS_EU_CACHE=/);
});

it('tells a port that somebody else has', async () => {
  const other = createServer((_, response) => response.end('other'));
  await new Promise<void>((resolve) => other.listen(0, '127.0.0.1', resolve));
  releases.add(() => other.close());
  const port = String((other.address() as AddressInfo).port);
  expect(problemOf(await findings('--cache-port', port), 'ports')).toMatch(
    /is in use, and no replicated-cache of JAO runs on this host → /,
  );
});

it('tells clocks that are apart', async () => {
  const late = createServer((_, response) => {
    response.setHeader('Date', new Date(Date.now() - 180_000).toUTCString());
    response.end('{"version":"2.3.1"}');
  });
  await new Promise<void>((resolve) => late.listen(0, '127.0.0.1', resolve));
  releases.add(() => late.close());
  const { port } = late.address() as AddressInfo;
  const found = await findings('--arc', `EU=http://127.0.0.1:${port}`);
  expect(problemOf(found, 'clocks')).toMatch(/EU's server is 1(79|80) s behind this host → .*NTP/);
  expect(problemOf(found, 'versions')).toMatch(/CouchDB of EU: 2.3.1 .* 3 or newer is needed/);
});

it.each([
  ['ssh', 'echo "arc@host: Permission denied (publickey)." >&2; exit 255', '', /ssh-copy-id/],
  ['ssh', 'echo "Host key verification failed." >&2; exit 255', '', /connect once by hand/],
  [
    'rsync',
    'exit 0',
    'echo "rsync: command not found" >&2; exit 127',
    /install rsync on the other/,
  ],
])('tells a failing %s', async (area, ssh, rsync, advice) => {
  const programs = { ssh, rsync: `case "$*" in --version) echo version 3;; *) ${rsync} ;; esac` };
  for (const [name, script] of Object.entries(programs)) {
    writeFileSync(join(directory, name), `#!/bin/sh\n${script}\n`);
    chmodSync(join(directory, name), 0o755);
  }
  process.env.PATH = `${directory}:${path}`;
  env.DRAWS_EU_CACHE = 'arc@host:/cache';
  expect(problemOf(await findings(), area)).toMatch(advice);
});

it('tells actors that are silent, in trouble, or of another version', async () => {
  await setUp();
  const server = createNanoServer(login(jao), {
    clock: createSystemClock(),
    random: createSystemRandom(),
    log: silentLogger,
  });
  const known = { name: 'xtss', site: 'JAO', host: 'h', pid: 1, holder: { machine: 'm' } };
  const actor = { ...known, started: '2020-01-01T00:00:00.000', state: 'idle' };
  const timestamp = new Date().toISOString().replace('Z', '');
  const actors = server.open('actors');
  await actors.put({ _id: 'a', ...actor, timestamp: '2020-01-01T00:00:00.000' });
  await actors.put({ _id: 'b', ...actor, timestamp, version: '9.9', trouble: 'no room' });
  await actors.put({ _id: 'd', ...actor, timestamp, trouble: 'a run failed', troubleTold: 1 });
  await actors.put({ _id: 'c', ...actor, timestamp: '2020-01-01T00:00:00.000', state: 'stopped' });
  const found = await findings();
  expect(linesOf(found, 'actors')).toEqual([
    expect.stringMatching(/^PROBLEM xtss of JAO .* silent for \d+ s → start it again/),
    expect.stringMatching(/^PROBLEM xtss of JAO .*: no room → /),
    expect.stringMatching(/^OK xtss of JAO .* is idle; lately: a run failed/),
  ]);
  expect(problemOf(found, 'versions')).toMatch(/xtss of JAO on h is of version 9.9/);
});
