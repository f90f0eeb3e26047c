import type { JsonObject } from '../../json-object.ts';
import type { DocumentEntry } from '../document-entry.ts';
import { labelOf } from '../peers/peer-factory.ts';
import type { ReplicationJob } from './job.ts';
import { statistics } from './job-statistics.ts';
import { finalState } from './replicator-documents.ts';

// Jobs as `_scheduler/jobs`, `_scheduler/docs` and `_active_tasks` show them, in CouchDB's fields.
// Ends are shown by their labels, which never hold credentials.

const node = 'nonode@nohost';

export function jobView(job: ReplicationJob, serverUrl: string): JsonObject {
  return {
    database: job.origin?.database ?? null,
    doc_id: job.origin?.docId ?? null,
    id: job.id,
    pid: processId(job),
    source: labelOf(job.spec.source, serverUrl),
    target: labelOf(job.spec.target, serverUrl),
    user: null,
    info: jobInfo(job),
    history: job.events.map((event) => ({ ...event, timestamp: second(event.timestamp) })),
    node,
    start_time: second(job.startTime),
  };
}

export function documentView(entry: DocumentEntry, serverUrl: string): JsonObject {
  const { job } = entry;
  const noted = finalState(entry.document);
  const state = entry.failure ? 'failed' : (job?.state ?? noted ?? 'initializing');
  const common = { database: entry.database, doc_id: entry.docId, node };
  if (!job) {
    return {
      ...common,
      id: entry.document._replication_id ?? null,
      source: shownAddress(entry.document.source),
      target: shownAddress(entry.document.target),
      state,
      info: endedInfo(entry),
      error_count: state === 'failed' ? 1 : 0,
      last_updated: entry.document._replication_state_time ?? second(entry.since),
      start_time: entry.document._replication_start_time ?? second(entry.since),
    };
  }
  return {
    ...common,
    id: job.id,
    source: labelOf(job.spec.source, serverUrl),
    target: labelOf(job.spec.target, serverUrl),
    state,
    info: jobInfo(job),
    error_count: job.errorCount,
    last_updated: second(job.stateSince),
    start_time: second(job.startTime),
  };
}

function endedInfo({ failure, document }: DocumentEntry): unknown {
  const reason = failure?.message ?? document._replication_state_reason;
  return reason === undefined ? (document._replication_stats ?? null) : { error: reason };
}

/** An end as a document names it, when no job could be made of that. */
function shownAddress(value: unknown): string | null {
  const address = typeof value === 'object' ? (value as JsonObject | null)?.url : value;
  if (typeof address !== 'string') return null;
  const url = URL.parse(address);
  if (url?.host) return `${url.origin}${url.pathname}`;
  // Nobody can tell where a password ends in what is no URL.
  return address.replace(/^.*@/s, '').replace(/\?.*$/s, '');
}

function jobInfo(job: ReplicationJob): JsonObject {
  if (job.state === 'crashing') return { error: job.lastError?.message ?? null };
  const left = job.left === undefined ? {} : { error: job.left.message };
  return { ...statistics(job), source_seq: job.progress.sourceSeq, ...left };
}

export function activeTask(job: ReplicationJob, serverUrl: string): JsonObject {
  return {
    type: 'replication',
    node,
    pid: processId(job),
    database: job.origin?.database ?? null,
    doc_id: job.origin?.docId ?? null,
    replication_id: job.id,
    source: labelOf(job.spec.source, serverUrl),
    target: labelOf(job.spec.target, serverUrl),
    user: null,
    continuous: job.spec.continuous,
    ...statistics(job),
    source_seq: job.progress.sourceSeq,
    started_on: Math.floor(job.startTime.getTime() / 1000),
    updated_on: Math.floor(job.progress.updatedAt / 1000),
    process_status: 'waiting',
  };
}

/** CouchDB gives the process that runs a job; here all share one. */
function processId({ state }: ReplicationJob): string | null {
  return state === 'running' || state === 'initializing' ? `<0.${process.pid}.0>` : null;
}

function second(time: Date): string {
  return time.toISOString().replace(/\.\d+Z$/, 'Z');
}
