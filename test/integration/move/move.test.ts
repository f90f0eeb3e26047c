// A running line moves from the embedded server to another one as docs/COUCHDB.md says, and no
// document is lost. The other one is embedded too, or the CouchDB of COUCHDB_URL, which must not
// hold any of the line's databases.

import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { connectTo } from '../../../mockup/cli/site/connection.ts';
import { workflowDatabases } from '../../../mockup/core/databases.ts';
import { createLocalFiles } from '../../../mockup/platform/files/local-files.ts';
import { checkLine } from '../../../mockup/simulator/checkers/line-checker.ts';
import { runDraws } from '../../cli/run-draws.ts';
import { processesOf, startLine, temporaryDirectory } from '../line/running-line.ts';
import { everythingOf } from './everything.ts';
import { type ServerProcess, startServerProcess } from './server-process.ts';

const names = workflowDatabases.map(({ name }) => name);

let directory: ReturnType<typeof temporaryDirectory>;
const running: ServerProcess[] = [];

beforeEach(() => {
  directory = temporaryDirectory();
});

afterEach(async () => {
  for (const server of running.splice(0)) await server.kill();
  for (const { pid } of processesOf(directory.path)) process.kill(pid, 'SIGKILL');
  directory.remove();
});

async function startServer(name: string): Promise<ServerProcess> {
  const server = await startServerProcess(join(directory.path, name));
  running.push(server);
  return server;
}

/** Where the line moves to; the databases that it gets there are removed afterwards. */
async function newServer(): Promise<{ url: string; clear(): Promise<void> }> {
  const url = process.env.COUCHDB_URL;
  if (!url) return { url: (await startServer('new')).url, clear: async () => {} };
  const server = connectTo(url);
  const there = new Set(await server.names());
  const taken = names.filter((name) => there.has(name));
  if (taken.length > 0) throw new Error(`COUCHDB_URL holds ${taken.join(', ')} already`);
  return {
    url,
    clear: async () => {
      for (const name of names) await server.remove(name);
    },
  };
}

/** What replication alone carries: branches, deletions, attachments. */
async function addConflicts(url: string): Promise<void> {
  const data = Buffer.alloc(600_000, 'product').toString('base64');
  const branch = (id: string, ids: string[], more: object = {}) => ({
    _id: id,
    _revisions: { start: ids.length, ids },
    ...{ consumed: true, selector: 'nobody.listens', body: { ids } },
    ...more,
  });
  const attached = { _attachments: { contents: { content_type: 'text/plain', data } } };
  const docs = [
    branch('conflicting', ['b1', 'a']),
    branch('conflicting', ['b2', 'a']),
    branch('conflicting', ['c3', 'b3', 'a'], attached),
    branch('half-deleted', ['d1', 'a']),
    branch('half-deleted', ['d2', 'a'], { _deleted: true }),
    branch('deleted', ['e1', 'a'], { _deleted: true }),
  ];
  for (const database of ['msgq', 'ngas']) {
    const response = await fetch(`${url}/${database}/_bulk_docs`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ docs, new_edits: false }),
    });
    expect([response.status, await response.json()]).toEqual([201, []]);
  }
}

async function copy(...args: string[]): Promise<void> {
  const { exitCode, stderr } = await runDraws(['replicate', 'copy', ...args]);
  expect([exitCode, stderr]).toEqual([0, '']);
}

it('moves a running line to another server', { timeout: 400_000 }, async () => {
  const old = await startServer('old');
  const next = await newServer();
  const data = ['--single-database', '--data', join(directory.path, 'line'), '--ous', '3'];
  const line = startLine([...data, '--couchdb', `JAO=${old.url}`, '--pace', '0.2']);
  await line.says(/ Processing Pipeline/);

  await copy(old.url, next.url, '--continuous', '--push');
  await addConflicts(old.url);
  line.kill('SIGINT');
  expect((await line.end).signal).toBe('SIGINT');
  await copy(old.url, next.url, '--push');

  const held = await everythingOf(old.url, names);
  expect(Object.keys(held['status-entities'] ?? {}).length).toBeGreaterThan(3);
  expect(held.msgq?.conflicting?.conflicts).toEqual(['2-b1', '2-b2']);
  expect(await everythingOf(next.url, names)).toEqual(held);

  // Nothing more can come from there.
  await old.kill();
  const { exitCode, output } = await startLine([
    ...data,
    ...['--couchdb', `JAO=${next.url}`, '--once'],
  ]).end;
  expect(output).toMatch(/going on with [1-3] of 3 OUSs/);
  expect(exitCode, output).toBe(0);
  const [jao, eu] = ['jao', 'eu'].map((site) => ({
    name: site.toUpperCase(),
    server: connectTo(next.url),
    cache: { files: createLocalFiles(), directory: join(directory.path, 'line', site, 'cache') },
  }));
  const ouss = await connectTo(next.url).open('status-entities').allDocs();
  const states = ouss.filter(({ entityId }) => entityId).map(({ state }) => state);
  expect(states).toEqual(['Delivered', 'Delivered', 'Delivered']);
  const ousUids = ouss.flatMap(({ entityId }) => (entityId ? [String(entityId)] : []));
  const after = await everythingOf(next.url, ['ngas']);
  expect(after.ngas?.conflicting).toEqual(held.ngas?.conflicting);
  // What the test itself added is no message of a line.
  for (const database of ['msgq', 'ngas']) {
    for (const id of ['conflicting', 'half-deleted']) await removeAll(next.url, database, id);
  }
  expect(await checkLine({ jao: jao!, arcs: [eu!], ousUids })).toEqual([]);
  await next.clear();
});

async function removeAll(url: string, database: string, id: string): Promise<void> {
  const opened = connectTo(url).open(database);
  for (;;) {
    const document = await opened.get(id);
    if (!document) return;
    await opened.put({ _id: id, _rev: document._rev, _deleted: true });
  }
}
