// Copies whole databases from one server to another, as a move to another server needs it: with all
// revisions and conflicts, by documents in `_replicator` of the one that does the work.

import { AppError } from '../core/errors.ts';
import type { Clock } from '../platform/clock/clock.ts';
import type { DatabaseServer, Document } from '../platform/couch/database.ts';
import { updateDocument } from '../platform/couch/documents/update-document.ts';
import { couchRequest } from './couch-request.ts';
import { endpointOf, REPLICATOR_DATABASE } from './replicator-document.ts';

interface CopyServer {
  /** May carry user and password. */
  url: string;
  server: DatabaseServer;
}

export interface Copy {
  from: CopyServer;
  to: CopyServer;
  databases: readonly string[];
  /** The source's replicator does the work, where the target cannot reach the source. */
  push: boolean;
  clock: Clock;
}

export interface CopiedDatabase {
  name: string;
  /** Documents at the target, and deleted ones. */
  documents: number;
  deleted: number;
  /** Revisions that the target refused to take. */
  refused: number;
  /** True where both servers now hold as many documents. */
  same: boolean;
}

/** What a copy makes sense for: everything but the servers' own databases. */
export async function databasesToCopy(server: DatabaseServer): Promise<string[]> {
  return (await server.names()).filter((name) => !name.startsWith('_'));
}

const POLL_MS = 200;
/** Failures in a row after which the copy of a database is given up. */
const FAILURES_MAX = 5;

/** Sets up or goes on with copying, continuously, until `copyDatabases` or `stopCopying`. */
export async function startCopying(copy: Copy): Promise<void> {
  for (const name of copy.databases) await request(copy, name, true);
}

export async function stopCopying(copy: Copy): Promise<void> {
  for (const name of copy.databases) await forget(copy, name);
}

/**
 * Copies what there is now, one database after the other, and tells of each when it is done. A
 * continuous copy of it ends. Throws AppError `copy_failed`.
 */
export async function* copyDatabases(copy: Copy): AsyncIterable<CopiedDatabase> {
  for (const name of copy.databases) {
    await request(copy, name, false);
    const refused = await completed(copy, name);
    await forget(copy, name);
    const [here, there] = await Promise.all([counts(copy.from, name), counts(copy.to, name)]);
    const same = here.documents === there.documents && here.deleted === there.deleted;
    yield { name, ...there, refused, same };
  }
}

const idOf = (name: string): string => `draws-copy-${name}`;
const workerOf = ({ push, from, to }: Copy): CopyServer => (push ? from : to);
const replicatorOf = (copy: Copy) => workerOf(copy).server.open(REPLICATOR_DATABASE);

async function request(copy: Copy, name: string, continuous: boolean): Promise<void> {
  const { from, to } = copy;
  await workerOf(copy).server.create(REPLICATOR_DATABASE);
  await to.server.create(name);
  const wanted = {
    _id: idOf(name),
    source: endpointOf(from.url, name),
    target: endpointOf(to.url, name),
    continuous,
  };
  await updateDocument<Document>(replicatorOf(copy), wanted._id, (now) =>
    now ? { ...wanted, _rev: now._rev } : wanted,
  );
}

async function forget(copy: Copy, name: string): Promise<void> {
  await updateDocument<Document>(replicatorOf(copy), idOf(name), (now) =>
    now ? { _id: now._id, _rev: now._rev, _deleted: true } : undefined,
  );
}

/** Waits for the end, and gives the number of revisions that were refused. */
async function completed(copy: Copy, name: string): Promise<number> {
  const id = idOf(name);
  for (;;) {
    const document = await replicatorOf(copy).get(id);
    if (!document) throw failed(copy, name, `${id} was deleted meanwhile`);
    const { _replication_state: state, _replication_stats: statistics } = document;
    if (state === 'completed') {
      const { doc_write_failures: refused } = (statistics ?? {}) as {
        doc_write_failures?: unknown;
      };
      return typeof refused === 'number' ? refused : 0;
    }
    if (state === 'failed') throw failed(copy, name, document._replication_state_reason);
    await checkProgress(copy, name);
    await copy.clock.sleep(POLL_MS);
  }
}

async function checkProgress(copy: Copy, name: string): Promise<void> {
  const asked = { url: workerOf(copy).url, executive: 'the replicator' };
  const path = `/_scheduler/docs/${REPLICATOR_DATABASE}/${encodeURIComponent(idOf(name))}`;
  // A document that was written just now may not be known to the scheduler yet.
  const answer = await couchRequest(asked, path).catch((error: AppError & { status?: number }) => {
    if (error.status === 404) return undefined;
    throw error;
  });
  const { error_count: failures, info } = (answer?.body ?? {}) as {
    error_count?: unknown;
    info?: { error?: unknown } | null;
  };
  if (typeof failures !== 'number' || failures < FAILURES_MAX) return;
  await forget(copy, name);
  throw failed(copy, name, info?.error ?? 'it fails again and again');
}

function failed({ from, to }: Copy, name: string, reason: unknown): AppError {
  return new AppError('copy_failed', `copying ${name}: ${String(reason)}`, {
    hint: `the one that copies must reach both ${from.server.address} and ${to.server.address}`,
  });
}

async function counts({ url }: CopyServer, name: string) {
  const { body } = await couchRequest({ url, executive: name }, `/${encodeURIComponent(name)}`);
  const { doc_count: documents = 0, doc_del_count: deleted = 0 } = body as {
    doc_count?: number;
    doc_del_count?: number;
  };
  return { documents, deleted };
}
