// A cluster of three CouchDB nodes behind one address, in memory and in virtual time, as far as a
// client can tell it from one server: each copy takes the first of two rival writes that reaches it,
// a write is answered 201 by a majority and 202 by fewer, reads beside single documents come from
// one copy, which may lag, and what a copy lacks reaches it later.

import type { Clock } from '../../platform/clock/clock.ts';
import {
  ConflictError,
  type Database,
  DatabaseRefusedError,
  DatabaseUnavailableError,
  type FollowOptions,
  type LeafRevision,
  type Stored,
  type Writable,
  type WriteResult,
} from '../../platform/couch/database.ts';
import { createExclusiveWrites } from '../../platform/couch/exclusive/exclusive-writes.ts';
import type { Random } from '../../platform/random/random.ts';
import { freshBodyOf, type StoredDocument } from './document-store.ts';
import { type Link, replicate } from './replication.ts';
import { type Leaf, withBranch } from './revisions.ts';
import { createSimulatedServer, type SimulatedServer } from './simulated-server.ts';

const COPIES = 3;
const MAJORITY = 2;
/** After which a feed doubts what was read beside it, as the live adapter's does. */
const DOUBTS_MS = [2_000, 15_000, 60_000];

export interface SimulatedClusterOptions {
  clock: Clock;
  random: Random;
  /** The way of a request to a copy, and back, at most. */
  latency_ms?: number;
  /** Until what one copy has reaches another, at most. */
  lag_ms?: number;
}

export interface SimulatedCluster {
  /** As `DatabaseServer.open`, for a database that was made. */
  open(name: string): Database;
  create(name: string): Promise<void>;
  /** A node that is down answers nothing, and keeps what it has. */
  stop(node: number): void;
  start(node: number): void;
  /** Answers of two kinds so far. */
  readonly counts: { created: number; accepted: number };
  /** True where all nodes hold the same. */
  isEven(name: string): boolean;
}

export function createSimulatedCluster(options: SimulatedClusterOptions): SimulatedCluster {
  const { clock, random, latency_ms = 10, lag_ms = 500 } = options;
  const nodes = Array.from({ length: COPIES }, (_, n) =>
    createSimulatedServer({ clock, address: `sim://node${n}` }),
  );
  const down = new Set<number>();
  const links = new Map<string, Link>();
  const counts = { created: 0, accepted: 0 };

  const join = (name: string): void => {
    for (const [from, source] of nodes.entries()) {
      for (const [to, target] of nodes.entries()) {
        if (from === to) continue;
        const link = replicate(source.store(name), target.store(name), {
          clock,
          latency_ms: () => random.next() * lag_ms,
        });
        links.set(`${name} ${from} ${to}`, link);
      }
    }
  };
  const setLinks = (node: number, up: boolean): void => {
    for (const [key, link] of links) {
      const [from, to] = key.split(' ').slice(1).map(Number);
      if (from !== node && to !== node) continue;
      const isOtherDown = down.has(from === node ? (to as number) : (from as number));
      if (up && !isOtherDown) link.heal();
      else link.cut();
    }
  };
  return {
    counts,
    async create(name) {
      for (const node of nodes) await node.create(name);
      join(name);
    },
    open: (name) => openDatabase({ name, nodes, down, clock, random, latency_ms, counts }),
    stop(node) {
      down.add(node);
      setLinks(node, false);
    },
    start(node) {
      down.delete(node);
      setLinks(node, true);
    },
    isEven: (name) => {
      const [first, ...others] = nodes.map((node) => node.store(name));
      return [...(first?.documents() ?? [])].every(({ id, leaves }) =>
        others.every((store) => {
          const theirs = store.get(id)?.leaves.map(({ rev }) => rev);
          return JSON.stringify(theirs) === JSON.stringify(leaves.map(({ rev }) => rev));
        }),
      );
    },
  };
}

interface Coordinator {
  name: string;
  nodes: readonly SimulatedServer[];
  down: ReadonlySet<number>;
  clock: Clock;
  random: Random;
  latency_ms: number;
  counts: { created: number; accepted: number };
}

function openDatabase(coordinator: Coordinator): Database {
  const { name, clock } = coordinator;
  const copies = coordinator.nodes.map((node) => node.open(name));
  const fromOne = readerOfOne(coordinator, copies);
  const leaves = readerOfMajority(coordinator);
  const bulk = writer(coordinator, copies);
  const put = async (doc: Writable): Promise<string> => {
    const [result] = await bulk([doc]);
    if (result?.ok) return result.rev;
    if (result?.error === 'conflict') throw new ConflictError(name, doc._id);
    throw new DatabaseRefusedError(400, result && 'reason' in result ? result.reason : 'refused');
  };
  const base = {
    name,
    leaves,
    put,
    bulk,
    info: () => fromOne(async (copy) => ({ ...(await infoOf(copy, copies)), copies: COPIES })),
    async get<T>(id: string) {
      const [found = []] = await leaves<T>([id]);
      return found.find(({ deleted }) => !deleted)?.doc;
    },
  } satisfies Partial<Database>;
  return {
    ...base,
    getMany: (ids) => fromOne((copy) => copy.getMany(ids)),
    find: (query) => fromOne((copy) => copy.find(query)),
    findInPages: (query, take) => fromOne((copy) => copy.findInPages(query, take)),
    allDocs: (options) => fromOne((copy) => copy.allDocs(options)),
    newestIds: (limit) => fromOne((copy) => copy.newestIds(limit)),
    ensureIndex: async () => {},
    putAttachment: () => Promise.reject(new DatabaseRefusedError(501, 'no attachments here')),
    getAttachment: (id, attachment) => fromOne((copy) => copy.getAttachment(id, attachment)),
    exclusive: createExclusiveWrites(base as Database, clock),
    follow: (options) => followOne(coordinator, copies, options),
  };
}

/** Numbers of the nodes that answer; at least one must. */
function alive({ nodes, down }: Coordinator): number[] {
  const up = nodes.map((_, n) => n).filter((n) => !down.has(n));
  if (up.length === 0) throw new DatabaseUnavailableError('no node answers');
  return up;
}

function travel({ clock, random, latency_ms }: Coordinator): Promise<void> {
  return clock.sleep(random.next() * latency_ms);
}

/** Reads from one copy, which may lag. */
function readerOfOne(coordinator: Coordinator, copies: readonly Database[]) {
  return async <T>(read: (copy: Database) => Promise<T>): Promise<T> => {
    await travel(coordinator);
    const up = alive(coordinator);
    const chosen = up[Math.floor(coordinator.random.next() * up.length)] as number;
    const result = await read(copies[chosen] as Database);
    await travel(coordinator);
    return result;
  };
}

function readerOfMajority(coordinator: Coordinator) {
  const { nodes, name } = coordinator;
  return async <T>(ids: readonly string[]): Promise<LeafRevision<T>[][]> => {
    const answers = alive(coordinator).map(async (n) => {
      await travel(coordinator);
      const store = (nodes[n] as SimulatedServer).store(name);
      const found = ids.map((id) => store.get(id));
      await travel(coordinator);
      return found;
    });
    const answered = await majorityOf(answers);
    return ids.map((_, index) => joined<T>(answered.map((found) => found[index])));
  };
}

/** One request is one document after the other at each copy; copies do not wait for each other. */
function writer(coordinator: Coordinator, copies: readonly Database[]) {
  const { counts } = coordinator;
  return async (docs: readonly Writable[]): Promise<WriteResult[]> => {
    const answers = await Promise.all(
      alive(coordinator).map(async (n) => {
        await travel(coordinator);
        const results = await (copies[n] as Database).bulk(docs);
        await travel(coordinator);
        return results;
      }),
    );
    return docs.map((_, index) => {
      const result = resultOf(answers.map((results) => results[index] as WriteResult));
      if (result.ok) counts[result.accepted ? 'accepted' : 'created']++;
      return result;
    });
  };
}

/** A sequence names the copy that it is of. */
async function infoOf(copy: Database, copies: readonly Database[]) {
  const { updateSeq, docCount, file_bytes } = await copy.info();
  return { file_bytes, updateSeq: `${updateSeq}@${copies.indexOf(copy)}`, docCount };
}

/** Follows the copy of which the sequence is. */
function followOne(
  { clock, random }: Coordinator,
  copies: readonly Database[],
  options: FollowOptions,
): ReturnType<Database['follow']> {
  const [since = '0', node] = options.since.split('@');
  const number = node === undefined ? Math.floor(random.next() * copies.length) : Number(node);
  let cancel = (): void => {};
  const doubt = (index: number): void => {
    cancel = clock.timer(DOUBTS_MS[index] ?? 60_000, () => {
      if (index < 2 || options.isBusy?.()) options.onDoubt?.();
      if (index < 2 || options.isBusy?.()) doubt(index + 1);
    });
  };
  if (options.onDoubt) doubt(0);
  const feed = (copies[number] as Database).follow({
    ...options,
    since,
    onChanges: (changes) =>
      options.onChanges(changes.map((change) => ({ ...change, seq: `${change.seq}@${number}` }))),
  });
  return {
    stop: () => {
      cancel();
      return feed.stop();
    },
  };
}

/** The first answers that make a majority, or all that come. */
function majorityOf<T>(answers: readonly Promise<T>[]): Promise<T[]> {
  const wanted = Math.min(MAJORITY, answers.length);
  return new Promise((resolve, reject) => {
    const found: T[] = [];
    for (const answer of answers) {
      answer.then((value) => {
        found.push(value);
        if (found.length === wanted) resolve([...found]);
      }, reject);
    }
  });
}

/** One document as several copies have it together. */
function joined<T>(copies: readonly (StoredDocument | undefined)[]): LeafRevision<T>[] {
  const found = copies.filter((copy) => copy !== undefined);
  let leaves: Leaf[] = [];
  for (const leaf of found.flatMap((copy) => copy.leaves)) {
    const isKnown = leaves.some(({ history }) => history.includes(leaf.rev));
    if (!isKnown) leaves = withBranch(leaves, leaf);
  }
  return leaves.map(({ rev, deleted, history }) => {
    const holder = found.find(({ json }) => json.has(rev)) as StoredDocument;
    return { rev, deleted, history, doc: freshBodyOf(holder, rev) as unknown as Stored<T> };
  });
}

/** As CouchDB's coordinator decides. */
function resultOf(results: readonly WriteResult[]): WriteResult {
  const taken = results.filter((result) => result.ok);
  const [first] = taken;
  if (!first) return results[0] as WriteResult;
  return taken.length >= MAJORITY ? first : { ...first, accepted: true };
}
