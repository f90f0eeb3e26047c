// What a user may do who is a member of the workflow's databases and nothing more, and what the
// others are told: on an embedded server with an administrator, and on the CouchDB of COUCHDB_URL,
// which must not hold any of the line's databases. Members made there are removed.

import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { connectTo } from '../../mockup/cli/site/connection.ts';
import { workflowDatabases } from '../../mockup/core/databases.ts';
import { type CouchServer, startCouchServer } from '../../mockup/couch-server/server.ts';
import { couchRequest } from '../../mockup/replication/couch-request.ts';
import { runDraws } from './run-draws.ts';

const USER = `member-${process.pid}`;
const names = workflowDatabases.map(({ name }) => name);
const timeout = 60_000;

const servers = ['embedded', ...(process.env.COUCHDB_URL ? ['CouchDB'] : [])];

async function securityOf(url: string, name: string): Promise<object> {
  const { body } = await couchRequest({ url, executive: 'it' }, `/${name}/_security`);
  return body as object;
}

const setSecurity = (url: string, name: string, body: object) =>
  couchRequest({ url, executive: 'it' }, `/${name}/_security`, { method: 'PUT', body });

describe.each(servers)('on the server: %s', (kind) => {
  let server: CouchServer | undefined;
  let admin: string;
  let directory: string;

  const as = (user: string, password: string): string => {
    const url = new URL(admin);
    Object.assign(url, { username: user, password });
    return url.href.replace(/\/$/, '');
  };
  const draws = (url: string, ...args: string[]) =>
    runDraws(args, { COUCHDB_URL: url, DRAWS_LOCATION: 'JAO' });

  beforeAll(async () => {
    directory = mkdtempSync(join(tmpdir(), 'least-privilege-'));
    if (kind === 'embedded') server = await startCouchServer({ admins: { admin: 'secret' } });
    admin = server ? server.url.replace('//', '//admin:secret@') : (process.env.COUCHDB_URL ?? '');
    const there = await connectTo(admin).names();
    const taken = names.filter((name) => there.includes(name));
    if (taken.length > 0) throw new Error(`COUCHDB_URL holds ${taken.join(', ')} already`);
  });

  afterAll(async () => {
    const connection = connectTo(admin);
    for (const name of names) await connection.remove(name).catch(() => undefined);
    const users = connection.open('_users');
    const user = await users.get(`org.couchdb.user:${USER}`).catch(() => undefined);
    if (user) await users.put({ _id: user._id, _rev: user._rev, _deleted: true } as never);
    await server?.close();
    rmSync(directory, { recursive: true, force: true });
  });

  it('init makes what is missing, and a member with a password from a file', {
    timeout,
  }, async () => {
    const file = join(directory, 'password');
    writeFileSync(file, 'observatory\n');
    const options = ['init', '--user', USER, '--password-file', file];
    const made = await draws(admin, ...options);
    expect([made.exitCode, made.stderr]).toEqual([0, '']);
    expect(made.stdout).toContain(`user ${USER}: created\n`);
    expect(made.stdout).toContain(`user ${USER}: made a member of ${names.join(', ')}\n`);
    expect(await connectTo(admin).names()).toEqual(
      expect.arrayContaining(['_replicator', '_users']),
    );
    const again = await draws(admin, 'init', '--user', USER);
    expect(again.stdout).toContain(`user ${USER}: there already\n`);
    expect(again.stdout).toContain(`user ${USER}: made a member of nothing new\n`);
  });

  it('a new user needs a password, which no argument gives', { timeout }, async () => {
    const { exitCode, stderr } = await draws(admin, 'init', '--user', `${USER}-2`);
    expect(exitCode).toBe(2);
    expect(stderr).toMatch(/needs a password .*DRAWS_USER_PASSWORD or --password-file/);
    const odd = await draws(admin, 'init', '--user', 'a:b');
    expect(odd.stderr).toMatch(/"a:b" is no name for a user|needs a password/);
  });

  it('a member runs what actors and operators need', { timeout }, async () => {
    const member = as(USER, 'observatory');
    const commands = [['init'], ['status'], ['messages'], ['send-message', 'test.any', 'n=1']];
    for (const args of commands) {
      const { exitCode, stderr } = await draws(member, ...args);
      expect([args, exitCode, stderr]).toEqual([args, 0, '']);
    }
    const { stdout } = await draws(member, 'doctor', '--json');
    const findings = JSON.parse(stdout) as { ok: boolean; area: string; what: string }[];
    const databases = findings.filter(({ area }) => area === 'databases');
    expect(databases.map(({ ok }) => ok)).toEqual([true]);
    const [replication] = findings.filter(({ area }) => area === 'replication');
    expect(replication?.what).toMatch(/can't be seen: that takes a server administrator/);
  });

  it('doctor names each right that is missing, and hides nothing behind it', {
    timeout,
  }, async () => {
    const root = connectTo(admin);
    const closed = ['msgq', 'ngas'];
    const before = await Promise.all(closed.map((name) => securityOf(admin, name)));
    for (const name of closed) await setSecurity(admin, name, { members: { names: ['another'] } });
    await root.remove('delivery-status');
    const { stdout } = await draws(as(USER, 'observatory'), 'doctor', '--json');
    const findings = JSON.parse(stdout) as { area: string; what: string; advice?: string }[];
    const told = findings.filter(({ area }) => area === 'databases');
    expect(told.map(({ what }) => what)).toEqual([
      expect.stringMatching(/: ngas, msgq can't be read: .*not allowed to access this db/i),
      expect.stringContaining('lacks delivery-status'),
    ]);
    expect(told[0]?.advice).toMatch(/no member of this database: "draws init --user/);
    expect(stdout).not.toMatch(/password in .* is wrong|refuses these credentials/);
    for (const [n, name] of closed.entries()) await setSecurity(admin, name, before[n] ?? {});
    const again = await draws(admin, 'init', '--user', USER);
    expect(again.stdout).toContain('delivery-status: created');
  });

  it('says which right is missing, and never that a password is wrong', { timeout }, async () => {
    const member = as(USER, 'observatory');
    const apply = ['replicate', 'apply', '--arc', 'EU=http://127.0.0.1:1', '--at', 'JAO'];
    const { exitCode, stderr } = await draws(member, ...apply);
    expect(exitCode).toBe(1);
    expect(stderr).toMatch(/takes a server administrator/);
    expect(stderr).not.toMatch(/password is|wrong/);
    await connectTo(admin).remove('msgq');
    const init = await draws(member, 'init');
    expect([init.exitCode, init.stderr]).toEqual([
      1,
      expect.stringMatching(/creating msgq at .* was refused: 401 .*takes a server administrator/),
    ]);
    await connectTo(admin).create('msgq');
    const outside = await draws(member, 'messages');
    expect(outside.stderr).toMatch(/no member of this database|takes a server administrator/);
    expect(outside.stderr).not.toMatch(/wrong/);
  });

  it('tells a wrong password, and a missing one', { timeout }, async () => {
    const wrong = await draws(as(USER, 'guessed'), 'status');
    expect([wrong.exitCode, wrong.stderr]).toEqual([
      1,
      expect.stringMatching(/user or password in COUCHDB_URL is wrong/),
    ]);
    expect(wrong.stderr).not.toContain('guessed');
    const none = await draws(as('', ''), 'status');
    expect([none.exitCode, none.stderr]).toEqual([
      1,
      expect.stringMatching(/user or password in COUCHDB_URL is missing/),
    ]);
  });
});
