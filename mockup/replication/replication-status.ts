// What the receivers' schedulers say of the planned replications.

import { redactUrlsIn } from '../platform/text/redact-url.ts';
import { couchRequest } from './couch-request.ts';
import type { PlannedReplication, ReplicatedSite } from './plan.ts';
import { REPLICATOR_DATABASE } from './replicator-document.ts';

export interface ReplicationStatus {
  planned: PlannedReplication;
  /** CouchDB's word (`running`, `crashing`, `pending`, …), or ours: `missing`, `unreachable`. */
  state: string;
  /** Documents that wait at the source; undefined where the server does not say. */
  behind: number | undefined;
  lastError: string | undefined;
}

const SILENCE_MS = 4_000;

interface SchedulerDoc {
  doc_id?: unknown;
  state?: unknown;
  info?: { changes_pending?: unknown; error?: unknown } | null;
}

/** One status per planned replication, in the plan's order; an unreachable server is a status. */
export async function replicationStatus(
  plan: readonly PlannedReplication[],
): Promise<ReplicationStatus[]> {
  const receivers = [...new Map(plan.map(({ receiver }) => [receiver.executive, receiver]))];
  const silent = findSilent(plan.map(({ source }) => source));
  const answers = new Map(
    await Promise.all(
      receivers.map(async ([executive, receiver]) => {
        const answer = await schedulerDocs(receiver).catch((error: Error) => error);
        return [executive, answer] as const;
      }),
    ),
  );
  const silentSources = await silent;
  return plan.map((planned) => {
    const status = statusOf(planned, answers.get(planned.receiver.executive));
    const { executive } = planned.source;
    if (status.state !== 'running' || !silentSources.has(executive)) return status;
    // The receiver learns that late, and says meanwhile what it knew last.
    const lastError = `${executive} does not answer`;
    return { planned, state: 'unreachable', behind: undefined, lastError };
  });
}

/** Those that take a connection and do not answer; who can't be reached from here may well be fine. */
async function findSilent(sites: readonly ReplicatedSite[]): Promise<Set<string>> {
  const distinct = [...new Map(sites.map((site) => [site.executive, site])).values()];
  const silent = await Promise.all(
    distinct.map(async (site) => {
      try {
        await couchRequest(site, '/', { limit_ms: SILENCE_MS });
        return [];
      } catch (error) {
        const { cause } = error as { cause?: { name?: string } };
        return cause?.name === 'TimeoutError' ? [site.executive] : [];
      }
    }),
  );
  return new Set(silent.flat());
}

function statusOf(
  planned: PlannedReplication,
  answer: SchedulerDoc[] | Error | undefined,
): ReplicationStatus {
  const nothing = { planned, behind: undefined, lastError: undefined };
  if (answer instanceof Error || !answer) {
    return { ...nothing, state: 'unreachable', lastError: answer?.message };
  }
  const doc = answer.find(({ doc_id }) => doc_id === planned.id);
  if (!doc) return { ...nothing, state: 'missing' };
  const pending = doc.info?.changes_pending;
  return {
    planned,
    state: String(doc.state),
    behind: typeof pending === 'number' ? pending : undefined,
    lastError: doc.info?.error ? redactUrlsIn(String(doc.info.error)) : undefined,
  };
}

async function schedulerDocs(receiver: ReplicatedSite): Promise<SchedulerDoc[]> {
  const path = `/_scheduler/docs/${REPLICATOR_DATABASE}?limit=1000`;
  const { docs } = ((await couchRequest(receiver, path)).body ?? {}) as { docs?: unknown };
  return Array.isArray(docs) ? (docs as SchedulerDoc[]) : [];
}
