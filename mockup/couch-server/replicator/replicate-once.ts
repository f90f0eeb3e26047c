import { setTimeout as delay } from 'node:timers/promises';
import { CouchError } from '../couch-error.ts';
import type { ExtensionResponse } from '../extension.ts';
import type { JsonObject } from '../json-object.ts';
import type { ReplicationJob } from './jobs/job.ts';
import type { JobRegistry } from './jobs/job-registry.ts';
import { isObject } from './peers/endpoint.ts';
import { alreadyStarted, ReplicationError } from './replication-error.ts';
import { parseReplicationSpec } from './replication-spec.ts';

// `POST /_replicate`: a one-shot replication whose result is the answer, a continuous one that runs
// until it is cancelled or the server stops, or the cancelling of either.

/** Attempts of a one-shot replication at a peer that does not answer, before the answer says so. */
const retryDelays_ms = [250, 1000];

export async function replicateOnce(
  registry: JobRegistry,
  body: unknown,
  signal: AbortSignal,
): Promise<ExtensionResponse> {
  if (!isObject(body))
    throw new CouchError(400, 'bad_request', 'Request body must be a JSON object');
  try {
    if (body.cancel === true) return await cancel(registry, body);
    const spec = parseReplicationSpec(body);
    const make = () => registry.create({ spec, origin: null, retries: spec.continuous });
    const job = make();
    const running = registry.get(job.id);
    if (running?.origin) throw alreadyStarted(running);
    if (!running && registry.isFull()) throw tooManyJobs();
    if (spec.continuous) return startContinuous(registry, running ?? job);
    return await runToEnd(registry, running, make, signal);
  } catch (cause) {
    throw asAnswer(cause);
  }
}

const tooManyJobs = (): CouchError =>
  new CouchError(503, 'too_many_jobs', 'Too many replication jobs, or the server is stopping.');

function startContinuous(registry: JobRegistry, job: ReplicationJob): ExtensionResponse {
  if (registry.get(job.id) !== job) registry.start(job);
  return { status: 202, body: { ok: true, _local_id: job.id } };
}

async function runToEnd(
  registry: JobRegistry,
  running: ReplicationJob | undefined,
  make: () => ReplicationJob,
  signal: AbortSignal,
): Promise<ExtensionResponse> {
  let job = running ?? make();
  for (const wait_ms of [...retryDelays_ms, undefined]) {
    if (registry.get(job.id) !== job) {
      if (registry.isFull()) throw tooManyJobs();
      registry.start(job);
    }
    await job.finished();
    const transient = job.lastError?.error === 'unreachable' && job.state !== 'stopped';
    if (!transient || wait_ms === undefined || signal.aborted) break;
    await delay(wait_ms);
    job = make();
  }
  if (job.state === 'stopped') return { status: 200, body: { ok: 'stopped' } };
  if (!job.outcome) throw job.lastError ?? new ReplicationError('internal_error', 'no outcome');
  return { status: 200, body: resultView(job, job.outcome) };
}

function resultView(
  { spec, progress }: ReplicationJob,
  outcome: NonNullable<ReplicationJob['outcome']>,
): JsonObject {
  const { history, sessionId, noChanges } = outcome;
  const head = { ok: true, ...(noChanges ? { no_changes: true } : {}) };
  if (spec.filter.kind === 'doc-ids' && !noChanges) {
    // The form of old that CouchDB keeps for replications by id.
    const { start_time, end_time } = history[0] ?? ({} as JsonObject);
    const { docs_read, docs_written, doc_write_failures } = progress.counters;
    return { ...head, start_time, end_time, docs_read, docs_written, doc_write_failures };
  }
  return {
    ...head,
    session_id: history[0]?.session_id ?? sessionId,
    source_last_seq: progress.throughSeq,
    replication_id_version: 4,
    history,
  };
}

async function cancel(registry: JobRegistry, body: JsonObject): Promise<ExtensionResponse> {
  const given = body.replication_id ?? body._local_id ?? body.id;
  const id =
    typeof given === 'string'
      ? given
      : registry.create({ spec: parseReplicationSpec(body), origin: null, retries: false }).id;
  const job = registry.get(id);
  if (!job || job.origin) throw new CouchError(404, 'not_found', 'missing');
  await registry.remove(job);
  return { status: 200, body: { ok: true, _local_id: id } };
}

/** A failure in the form that CouchDB answers: a database that is not there is a 500. */
function asAnswer(cause: unknown): unknown {
  if (!(cause instanceof ReplicationError)) return cause;
  const { error, reason, status } = cause;
  const kept = status !== undefined && [400, 401, 403].includes(status) ? status : 500;
  return new CouchError(kept, error, reason, cause);
}
