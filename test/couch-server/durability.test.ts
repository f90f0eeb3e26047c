import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { startCouchServer } from '../../mockup/couch-server/server.ts';
import { type Client, clientOf, type Feed, openFeed } from './http-client.ts';

// What was acknowledged is there after `kill -9`, whole, and indexes and feeds agree with it.

const ROUNDS = process.env.DRAWS_LONG ? 20 : 2;

let directory: string;

beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'couch-kill-'));
});

afterEach(async () => {
  await rm(directory, { recursive: true, force: true });
});

async function startChild(): Promise<{ child: ChildProcess; url: string }> {
  const script = new URL('./server-child.ts', import.meta.url);
  const execArgv = ['--disable-warning=ExperimentalWarning'];
  const child = fork(script, [directory], {
    execArgv,
    stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
  });
  const [{ url }] = (await once(child, 'message')) as [{ url: string }];
  return { child, url };
}

interface Acknowledged {
  /** The newest acknowledged number of each document. */
  readonly numbers: Map<string, number>;
  readonly attachments: Map<string, string>;
}

/** Writes until the server is gone; remembers what was acknowledged. */
async function writeUntilGone(client: Client, writer: number, round: number, log: Acknowledged) {
  const kind = writer % 3;
  for (let n = 0; ; n++) {
    const id = `w${writer}-${round}-${Math.floor(n / 5)}`;
    if (kind === 0) {
      const before = await client('GET', `/load/${id}`);
      const rev = before.status === 200 ? { _rev: before.body._rev } : {};
      const answer = await client('PUT', `/load/${id}`, { ...rev, n, kind: `k${n % 7}` });
      if (answer.status === 201) log.numbers.set(id, n);
    } else if (kind === 1) {
      const docs = [0, 1, 2].map((part) => ({ _id: `${id}-${n}-${part}`, n, kind: `k${n % 7}` }));
      const answer = await client('POST', '/load/_bulk_docs', { docs });
      if (answer.status === 201) for (const doc of docs) log.numbers.set(doc._id, n);
    } else {
      const bytes = Buffer.alloc(150_000, `${writer}${n}`);
      const type = { 'Content-Type': 'application/octet-stream' };
      const answer = await client('PUT', `/load/${id}-${n}/file`, bytes, type);
      if (answer.status === 201) log.attachments.set(`${id}-${n}`, `${writer}${n}`);
    }
  }
}

/** What a feed has shown, over all its connections. */
class Follower {
  readonly revs = new Map<string, string>();
  #since = '0';
  #seq = 0;
  #feed: Feed | undefined;

  async follow(url: string): Promise<void> {
    const query = `feed=continuous&since=${this.#since}&heartbeat=1000`;
    this.#feed = await openFeed(`${url}/load/_changes?${query}`);
  }

  /** Takes over the lines of a connection that is gone. */
  async gone(): Promise<void> {
    await this.#feed?.ended;
    this.take(this.#feed?.lines ?? []);
  }

  take(lines: readonly string[]): void {
    for (const line of lines) {
      const { id, seq, changes } = JSON.parse(line);
      if (id === undefined) continue;
      expect(Number.parseInt(seq, 10), 'neither repeated nor out of order').toBeGreaterThan(
        this.#seq,
      );
      this.#seq = Number.parseInt(seq, 10);
      this.#since = seq;
      this.revs.set(id, changes[0].rev);
    }
  }

  get since(): string {
    return this.#since;
  }
}

/** A document for each address that the server has: the port is another one after each start. */
async function replicateAt(url: string, client: Client): Promise<void> {
  const ends = { source: `${url}/load`, target: `${url}/mirror` };
  const job = { ...ends, create_target: true, continuous: true };
  expect((await client('PUT', `/_replicator/port-${new URL(url).port}`, job)).status).toBe(201);
}

it('keeps every acknowledged write over kill -9 under load', { timeout: 300_000 }, async () => {
  const log: Acknowledged = { numbers: new Map(), attachments: new Map() };
  const follower = new Follower();
  for (let round = 0; round < ROUNDS; round++) {
    const { child, url } = await startChild();
    const clients = Array.from({ length: 8 }, () => clientOf(url));
    const [first] = clients as [Client];
    if (round === 0) {
      expect((await first('PUT', '/load')).status).toBe(201);
      const index = { index: { fields: ['kind', 'n'] }, ddoc: 'i', name: 'i' };
      expect((await first('POST', '/load/_index', index)).status).toBe(200);
    }
    await replicateAt(url, first);
    await follower.follow(url);
    const before = log.numbers.size;
    const writers = clients.map((client, n) =>
      writeUntilGone(client, n, round, log).catch(() => undefined),
    );
    while (log.numbers.size < before + 400) await new Promise((next) => setTimeout(next, 5));
    child.kill('SIGKILL');
    await once(child, 'exit');
    await Promise.all(writers);
    for (const client of clients) client.close();
    await follower.gone();
    await check(log, follower);
  }
});

async function check(log: Acknowledged, follower: Follower): Promise<void> {
  const server = await startCouchServer({ directory });
  const client = clientOf(server.url);
  try {
    await replicateAt(server.url, client);
    const { body: all } = await client('GET', '/load/_all_docs?include_docs=true');
    const docs = new Map<string, { n?: number; kind?: string }>(
      all.rows.map((row: { id: string; doc: object }) => [row.id, row.doc]),
    );
    for (const [id, n] of log.numbers) expect(docs.get(id)?.n, id).toBeGreaterThanOrEqual(n);
    for (const [id, fill] of log.attachments) {
      const { bytes } = await client('GET', `/load/${id}/file`);
      expect(bytes.equals(Buffer.alloc(150_000, fill)), id).toBe(true);
    }
    const { body: missed } = await client('GET', `/load/_changes?since=${follower.since}`);
    follower.take(missed.results.map((row: object) => JSON.stringify(row)));
    const revs = all.rows.map((row: { id: string; value: { rev: string } }) => [
      row.id,
      row.value.rev,
    ]);
    expect(follower.revs).toEqual(new Map(revs));
    await vi.waitFor(
      async () => {
        const { body: mirror } = await client('GET', '/mirror/_all_docs');
        expect(mirror.rows).toEqual(all.rows.map(({ doc: _doc, ...row }: { doc: object }) => row));
      },
      { timeout: 60_000, interval: 100 },
    );
    const { body: changes } = await client('GET', '/load/_changes');
    expect(new Set(changes.results.map((row: { id: string }) => row.id))).toEqual(
      new Set(docs.keys()),
    );
    const selector = { kind: 'k3', n: { $gte: 0 } };
    const query = { selector, fields: ['_id'], limit: 1_000_000 };
    const { body: found } = await client('POST', '/load/_find', query);
    expect(found.warning).toBeUndefined();
    const indexed = found.docs.map((doc: { _id: string }) => doc._id).sort();
    const scanned = [...docs].filter(([, doc]) => doc.kind === 'k3').map(([id]) => id);
    expect(indexed).toEqual(scanned.sort());
  } finally {
    client.close();
    await server.close();
  }
}
