// What the receivers' schedulers say of the planned replications.

import { AppError } from '../core/errors.ts';
import type { PlannedReplication, ReplicatedSite } from './plan.ts';
import { REPLICATOR_DATABASE, splitCredentials } from './replicator-document.ts';

export interface ReplicationStatus {
  planned: PlannedReplication;
  /** CouchDB's word (`running`, `crashing`, `pending`, …), or ours: `missing`, `unreachable`. */
  state: string;
  /** Documents that wait at the source; undefined where the server does not say. */
  behind: number | undefined;
  lastError: string | undefined;
}

interface SchedulerDoc {
  doc_id?: unknown;
  state?: unknown;
  info?: { changes_pending?: unknown; error?: unknown } | null;
}

const TIME_LIMIT_MS = 10_000;

/** One status per planned replication, in the plan's order; an unreachable server is a status. */
export async function replicationStatus(
  plan: readonly PlannedReplication[],
): Promise<ReplicationStatus[]> {
  const receivers = [...new Map(plan.map(({ receiver }) => [receiver.executive, receiver]))];
  const answers = new Map(
    await Promise.all(
      receivers.map(async ([executive, receiver]) => {
        const answer = await schedulerDocs(receiver).catch((error: Error) => error);
        return [executive, answer] as const;
      }),
    ),
  );
  return plan.map((planned) => statusOf(planned, answers.get(planned.receiver.executive)));
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
    lastError: doc.info?.error ? withoutPasswords(String(doc.info.error)) : undefined,
  };
}

async function schedulerDocs({ url, executive }: ReplicatedSite): Promise<SchedulerDoc[]> {
  const { address, credentials } = splitCredentials(url);
  const headers: Record<string, string> = { accept: 'application/json' };
  if (credentials) {
    const token = Buffer.from(`${credentials.username}:${credentials.password}`);
    headers.authorization = `Basic ${token.toString('base64')}`;
  }
  const path = `${address}/_scheduler/docs/${REPLICATOR_DATABASE}?limit=1000`;
  const response = await fetch(path, {
    headers,
    signal: AbortSignal.timeout(TIME_LIMIT_MS),
  }).catch((error: unknown) => {
    throw new AppError('database_unavailable', `${executive} at ${address} does not answer`, {
      retriable: true,
      cause: error,
    });
  });
  if (response.status === 401 || response.status === 403) {
    throw new AppError('database_refused', `${executive} at ${address} refuses these credentials`);
  }
  const body = (await response.json().catch(() => undefined)) as { docs?: unknown } | undefined;
  if (response.ok && Array.isArray(body?.docs)) return body.docs as SchedulerDoc[];
  throw new AppError('database_refused', `${executive} at ${address} answers ${response.status}`);
}

function withoutPasswords(text: string): string {
  return text.replaceAll(/\/\/[^@/\s]*@/g, '//');
}
