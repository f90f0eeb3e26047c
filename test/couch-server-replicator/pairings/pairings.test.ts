// Every pairing of servers and replicators ends with two equal databases: the embedded server beside
// itself and PouchDB always, and beside Apache CouchDB where COUCHDB_URL names one (with user and
// password of an administrator); it must be able to reach this machine's loopback.
// DRAWS_LONG=1: attachments of 100 MB too.

import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest';
import { type CouchServer, startCouchServer } from '../../../mockup/couch-server/server.ts';
import { change, fill, noise } from './contents.ts';
import { Remote } from './remote.ts';

type Kind = 'embedded' | 'CouchDB';
/** Which program reads from one database and writes into the other. */
type Worker = 'source' | 'target' | 'PouchDB';
type Pairing = { from: Kind; to: Kind; by: Worker };

const couchdb = process.env.COUCHDB_URL;
const long = process.env.DRAWS_LONG === '1';
const timeout = 180_000;
const kinds: Kind[] = couchdb ? ['embedded', 'CouchDB'] : ['embedded'];
const pairings: Pairing[] = kinds.flatMap((from) =>
  kinds.flatMap((to) =>
    (['source', 'target', 'PouchDB'] as const).map((by) => ({ from, to, by })),
  ),
);

let servers: CouchServer[] = [];
let directory: string;

beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), 'pairings-'));
  const admins = { admin: 'p@ss' };
  servers = [await startCouchServer({ admins }), await startCouchServer({ admins })];
});

afterAll(async () => {
  for (const server of servers) await server.close();
  await rm(directory, { recursive: true, force: true });
});

let count = 0;
async function databaseAt(kind: Kind, end: 0 | 1): Promise<Remote> {
  const embedded = servers[end]!.url.replace('://', '://admin:p%40ss@');
  const name = `pairing-${process.pid}-${count++}`;
  const remote = new Remote(kind === 'embedded' ? embedded : couchdb!, name);
  await remote.create();
  onTestFinished(() => remote.remove());
  return remote;
}

/** The package brings no types. */
async function pouch(name: string) {
  const module: string = 'pouchdb';
  const { default: PouchDB } = await import(module);
  const database = new PouchDB(name, { skip_setup: true });
  onTestFinished(() => database.close());
  return database;
}

async function replicate(source: Remote, target: Remote, by: Worker): Promise<void> {
  if (by === 'PouchDB') {
    const from = await pouch(source.url);
    const result = await from.replicate.to(await pouch(target.url));
    expect(result).toMatchObject({ ok: true, doc_write_failures: 0 });
    return;
  }
  const worker = by === 'source' ? source : target;
  const job = { source: source.endpoint, target: target.endpoint };
  const result = await worker.json('POST', '/_replicate', job);
  const { history } = result as { history: { doc_write_failures: number }[] };
  expect([result.ok, history[0]?.doc_write_failures]).toEqual([true, 0]);
}

function oddFor({ from, to, by }: Pairing) {
  const worker = { source: from, target: to, PouchDB: undefined }[by];
  return { empty: worker !== 'CouchDB' || from !== 'CouchDB', deletedWithFile: by !== 'PouchDB' };
}

describe.each(pairings)('from $from to $to by $by', ({ from, to, by }) => {
  it('carries branches, deletions and attachments, and what changes later', {
    timeout,
  }, async () => {
    const [source, target] = [await databaseAt(from, 0), await databaseAt(to, 1)];
    await fill(source, oddFor({ from, to, by }));
    await replicate(source, target, by);
    expect(await target.everything()).toEqual(await source.everything());
    await change(source);
    await replicate(source, target, by);
    expect(await target.everything()).toEqual(await source.everything());
  });

  it.runIf(long)('carries 100 MB', { timeout }, async () => {
    const [source, target] = [await databaseAt(from, 0), await databaseAt(to, 1)];
    const data = noise(100 * 1024 * 1024, 'huge');
    await source.attach('huge', 'contents', 'application/octet-stream', data);
    await replicate(source, target, by);
    expect(await target.everything()).toEqual(await source.everything());
  });
});

describe.each(kinds)('a PouchDB beside %s', (kind) => {
  it('receives what is there, and gives it on', { timeout }, async () => {
    const [source, target] = [await databaseAt(kind, 0), await databaseAt(kind, 1)];
    const between = await pouch(join(directory, `between-${count++}`));
    const carry = async () => {
      await between.replicate.from(source.url);
      expect(await between.replicate.to(target.url)).toMatchObject({ doc_write_failures: 0 });
    };
    // PouchDB counts the generation of an attachment anew.
    const everything = (remote: Remote) => remote.everything({ revpos: false });
    await fill(source, { empty: true, deletedWithFile: false });
    await carry();
    expect(await everything(target)).toEqual(await everything(source));
    await change(source);
    await carry();
    expect(await everything(target)).toEqual(await everything(source));
  });
});
