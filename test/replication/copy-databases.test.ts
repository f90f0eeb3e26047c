// `draws replicate copy` between two embedded servers.

import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { type AddressInfo, createServer } from 'node:net';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { connectTo } from '../../mockup/cli/site/connection.ts';
import { type CouchServer, startCouchServer } from '../../mockup/couch-server/server.ts';
import { createSystemClock } from '../../mockup/platform/clock/system-clock.ts';
import { copyDatabases } from '../../mockup/replication/copy-databases.ts';
import { runDraws } from '../cli/run-draws.ts';

let old: CouchServer;
let next: CouchServer;
let from: string;
let to: string;

beforeEach(async () => {
  old = await startCouchServer();
  next = await startCouchServer({ admins: { chief: 'p@ss' } });
  from = old.url;
  to = next.url.replace('//', '//chief:p%40ss@');
  for (const name of ['msgq', 'ngas', 'a/b']) await connectTo(from).create(name);
  await connectTo(from).open('ngas').put({ _id: 'x', v: 1 });
  await connectTo(from).open('a/b').put({ _id: 'y', v: 1 });
});

afterEach(async () => {
  await old.close();
  await next.close();
});

it.each([[], ['--push']])('copies all databases once %s', async (...options) => {
  const { exitCode, stdout, stderr } = await runDraws(['replicate', 'copy', from, to, ...options]);
  expect([exitCode, stderr]).toEqual([0, '']);
  expect(stdout.split('\n')).toEqual([
    'a/b: 1 documents, 0 deleted',
    'msgq: 0 documents, 0 deleted',
    'ngas: 1 documents, 0 deleted',
    '',
  ]);
  expect(await connectTo(to).open('a/b').get('y')).toMatchObject({ v: 1 });
  for (const url of [from, to]) {
    expect(await connectTo(url).open('_replicator').allDocs()).toEqual([]);
  }
  const again = await runDraws(['replicate', 'copy', from, to, 'ngas', ...options]);
  expect([again.exitCode, again.stdout]).toEqual([0, 'ngas: 1 documents, 0 deleted\n']);
});

it('takes an address from the environment', async () => {
  const copy = ['replicate', 'copy', from, 'env:NEW', 'ngas'];
  expect(await runDraws(copy, { NEW: to })).toMatchObject({ exitCode: 0, stderr: '' });
  const { exitCode, stderr } = await runDraws(copy);
  expect([exitCode, stderr]).toEqual([2, expect.stringContaining('NEW is not set')]);
});

it('shows no password of its arguments in lists of processes', async () => {
  const silent = createServer().listen(0, '127.0.0.1');
  await once(silent, 'listening');
  const { port } = silent.address() as AddressInfo;
  const url = `http://me:hush@127.0.0.1:${port}`;
  const program = fileURLToPath(new URL('../../mockup/cli/draws.mjs', import.meta.url));
  const child = spawn(process.execPath, [program, 'replicate', 'copy', url, 'http://x:5984']);
  try {
    await once(silent, 'connection');
    const shown = readFileSync(`/proc/${child.pid}/cmdline`, 'utf8');
    expect(shown).toContain(`127.0.0.1:${port}`);
    expect(shown).not.toContain('hush');
  } finally {
    child.kill('SIGKILL');
    silent.close();
  }
});

it('goes on while others write, until it is stopped or done once more', async () => {
  const copy = ['replicate', 'copy', from, to];
  expect((await runDraws([...copy, '--continuous'])).exitCode).toBe(0);
  await connectTo(from).open('ngas').put({ _id: 'later', v: 2 });
  await vi.waitFor(
    async () => expect(await connectTo(to).open('ngas').get('later')).toMatchObject({ v: 2 }),
    { timeout: 20_000 },
  );
  expect((await connectTo(to).open('_replicator').allDocs()).length).toBe(3);
  expect((await runDraws([...copy, '--stop', 'msgq'])).exitCode).toBe(0);
  expect((await connectTo(to).open('_replicator').allDocs()).length).toBe(2);
  expect((await runDraws(copy)).exitCode).toBe(0);
  expect(await connectTo(to).open('_replicator').allDocs()).toEqual([]);
});

it('says where the servers differ afterwards', async () => {
  await connectTo(to).create('ngas');
  await connectTo(to).open('ngas').put({ _id: 'theirs' });
  const { exitCode, stderr } = await runDraws(['replicate', 'copy', from, to, 'ngas']);
  expect(exitCode).toBe(1);
  expect(stderr).toMatch(/ngas: the servers differ/);
});

it('counts what the target refuses', async () => {
  const small = await startCouchServer({ limits: { maxDocumentSize: 1000 } });
  await connectTo(from)
    .open('ngas')
    .put({ _id: 'large', text: 'x'.repeat(2000) });
  const { exitCode, stdout } = await runDraws(['replicate', 'copy', from, small.url, 'ngas']);
  await small.close();
  expect(exitCode).toBe(1);
  expect(stdout).toBe('ngas: 1 documents, 0 deleted, 1 refused\n');
});

it('says why it cannot', async () => {
  const wrong = next.url.replace('//', '//chief:guessed@');
  for (const [args, told] of [
    [[from, from], /same server/],
    [['nothing', to], /from/],
    [['http://127.0.0.1:1', to], /127\.0\.0\.1:1/],
    [[from, wrong], /127\.0\.0\.1/],
    [[from, to, 'missing'], /no database "missing"/],
    [[from, to, '--stop', '--continuous'], /--stop/],
    [[from, to, '--push', '--pull'], /either --push or --pull/],
  ] as const) {
    const { exitCode, stderr } = await runDraws(['replicate', 'copy', ...args]);
    expect(exitCode, stderr).not.toBe(0);
    expect(stderr).toMatch(told);
    expect(stderr).not.toMatch(/guessed/);
  }
  expect(await connectTo(to).names()).toEqual(['_replicator', '_users']);
});

it('gives up where the server that copies cannot reach the other', {
  timeout: 60_000,
}, async () => {
  // The two are one machine apart for the replicator alone: it is told of a port that is closed.
  const closed = await startCouchServer();
  await closed.close();
  const unreachable = { url: closed.url, server: connectTo(from) };
  const copy = {
    from: unreachable,
    to: { url: to, server: connectTo(to) },
    databases: ['ngas'],
    push: false,
    clock: createSystemClock(),
  };
  await expect(copyDatabases(copy)[Symbol.asyncIterator]().next()).rejects.toMatchObject({
    code: 'copy_failed',
    message: expect.stringContaining('connection refused'),
  });
  expect(await connectTo(to).open('_replicator').allDocs()).toEqual([]);
});

it.runIf(process.env.COUCHDB_URL)(
  'lets the embedded server do the work beside CouchDB',
  {
    timeout: 120_000,
  },
  async () => {
    const couchdb = process.env.COUCHDB_URL ?? '';
    const name = `copied-${process.pid}`;
    await connectTo(from).create(name);
    await connectTo(from).open(name).put({ _id: 'x', v: 1 });
    try {
      // Neither an address that CouchDB would have to reach nor a document in its _replicator.
      const there = await runDraws(['replicate', 'copy', from, couchdb, name]);
      expect([there.exitCode, there.stdout]).toEqual([0, `${name}: 1 documents, 0 deleted\n`]);
      await connectTo(from).remove(name);
      const back = await runDraws(['replicate', 'copy', couchdb, from, name]);
      expect([back.exitCode, back.stdout]).toEqual([0, `${name}: 1 documents, 0 deleted\n`]);
      const documents = await connectTo(couchdb).open('_replicator').allDocs();
      expect(documents.filter(({ _id }) => _id === `draws-copy-${name}`)).toEqual([]);
    } finally {
      await connectTo(couchdb).remove(name);
    }
  },
);
