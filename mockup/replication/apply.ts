// Brings the `_replicator` documents of the receivers to what the plan says, and takes them away.

import { isDeepStrictEqual } from 'node:util';
import { AppError, describeError } from '../core/errors.ts';
import type { Database, DatabaseServer, Stored } from '../platform/couch/database.ts';
import { updateDocument } from '../platform/couch/documents/update-document.ts';
import type { PlannedReplication, ReplicatedSite } from './plan.ts';
import {
  REPLICATOR_DATABASE,
  type ReplicatorDocument,
  replicatorDocument,
} from './replicator-document.ts';

type Outcome = 'created' | 'changed' | 'unchanged' | 'cancelled' | 'absent';

export interface Applied {
  planned: PlannedReplication;
  outcome: Outcome;
}

/** Returns a connection to a site's server. */
export type Connect = (site: ReplicatedSite) => DatabaseServer;

/**
 * Creates what is missing, replaces what differs, and leaves the rest alone. With `dryRun` it only
 * says what it would do.
 */
export async function applyReplications(
  plan: readonly PlannedReplication[],
  connect: Connect,
  options: { dryRun?: boolean } = {},
): Promise<Applied[]> {
  return eachPlanned(plan, connect, options, async (replicator, planned) => {
    const wanted = replicatorDocument(planned);
    const current = await replicator?.get<ReplicatorDocument>(planned.id);
    if (current && sameReplication(current, wanted)) return 'unchanged';
    if (replicator && !options.dryRun) {
      await updateDocument<ReplicatorDocument>(replicator, planned.id, (now) =>
        now ? { ...wanted, _rev: now._rev } : wanted,
      );
    }
    return current ? 'changed' : 'created';
  });
}

/** Deletes the plan's documents: the receivers stop pulling. Documents in the databases stay. */
export async function cancelReplications(
  plan: readonly PlannedReplication[],
  connect: Connect,
  options: { dryRun?: boolean } = {},
): Promise<Applied[]> {
  return eachPlanned(plan, connect, options, async (replicator, planned) => {
    const current = await replicator?.get(planned.id);
    if (!replicator || !current) return 'absent';
    if (!options.dryRun) {
      await updateDocument(replicator, planned.id, (now) =>
        now ? { _id: now._id, _rev: now._rev, _deleted: true as const } : undefined,
      );
    }
    return 'cancelled';
  });
}

/** The database is undefined where it is not there yet, and is not to be made. */
type Work = (replicator: Database | undefined, planned: PlannedReplication) => Promise<Outcome>;

async function eachPlanned(
  plan: readonly PlannedReplication[],
  connect: Connect,
  options: { dryRun?: boolean },
  work: Work,
): Promise<Applied[]> {
  const servers = new Map<string, Database | undefined>();
  const applied: Applied[] = [];
  for (const planned of plan) {
    const { receiver } = planned;
    try {
      if (!servers.has(receiver.executive)) {
        servers.set(receiver.executive, await openReplicator(connect(receiver), options));
      }
      const replicator = servers.get(receiver.executive);
      applied.push({ planned, outcome: await work(replicator, planned) });
    } catch (error) {
      throw new AppError(
        'replication_failed',
        `replication of ${planned.database} at ${receiver.executive}: ${describeError(error)}`,
        { cause: error },
      );
    }
  }
  return applied;
}

async function openReplicator(
  server: DatabaseServer,
  options: { dryRun?: boolean },
): Promise<Database | undefined> {
  if (!options.dryRun) await server.create(REPLICATOR_DATABASE);
  else if (!(await server.names()).includes(REPLICATOR_DATABASE)) return undefined;
  return server.open(REPLICATOR_DATABASE);
}

/** The server adds fields of its own (`owner`, `_replication_state`); only ours are compared. */
function sameReplication(current: Stored<ReplicatorDocument>, wanted: ReplicatorDocument) {
  const state = (current as { _replication_state?: unknown })._replication_state;
  return (
    state !== 'failed' &&
    sameEndpoint(current.source, wanted.source) &&
    sameEndpoint(current.target, wanted.target) &&
    current.continuous === true &&
    isDeepStrictEqual(current.selector, wanted.selector)
  );
}

function sameEndpoint(one: unknown, other: ReplicatorDocument['source']): boolean {
  const { url, auth } = (one ?? {}) as Partial<ReplicatorDocument['source']>;
  return (
    url === other.url &&
    auth?.basic?.username === other.auth?.basic.username &&
    auth?.basic?.password === other.auth?.basic.password
  );
}
