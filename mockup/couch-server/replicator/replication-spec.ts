import type { JsonObject } from '../store/database.ts';
import { type Endpoint, isObject, parseEndpoint } from './endpoint.ts';
import type { ChangesFilter, Sequence } from './peer.ts';
import { ReplicationError } from './replication-error.ts';

// The body of `POST /_replicate` and a `_replicator` document say what to replicate in the same
// words. Fields that CouchDB ignores or that only tune it (`user_ctx`, `worker_processes`…) are let
// through; what this replicator cannot do is refused with a reason rather than half done.

export type ReplicationSpec = {
  source: Endpoint;
  target: Endpoint;
  continuous: boolean;
  createTarget: boolean;
  filter: ChangesFilter;
  /** Start here instead of at the checkpoint. */
  sinceSeq: Sequence | undefined;
  /** Milliseconds between checkpoints while changes flow; undefined: the server's default. */
  checkpointInterval_ms: number | undefined;
  useCheckpoints: boolean;
};

/** Throws `bad_request` with the field and what it must be. */
export function parseReplicationSpec(body: JsonObject): ReplicationSpec {
  for (const field of ['source', 'target'] as const) {
    if (body[field] === undefined) throw bad(`The '${field}' field must exist.`);
  }
  return {
    source: parseEndpoint(body.source, 'source'),
    target: parseEndpoint(body.target, 'target'),
    continuous: flag(body, 'continuous') ?? false,
    createTarget: flag(body, 'create_target') ?? false,
    filter: parseFilter(body),
    sinceSeq: parseSinceSeq(body.since_seq),
    checkpointInterval_ms: parseInterval(body.checkpoint_interval),
    useCheckpoints: flag(body, 'use_checkpoints') ?? true,
  };
}

function flag(body: JsonObject, field: string): boolean | undefined {
  const value = body[field];
  if (value === undefined || value === null) return undefined;
  if (typeof value !== 'boolean') throw bad(`The '${field}' field must be true or false.`);
  return value;
}

function parseFilter(body: JsonObject): ChangesFilter {
  const { doc_ids: docIds, selector, filter } = body;
  if (filter !== undefined && filter !== null) {
    throw bad("The 'filter' field is not supported (no JavaScript engine): use 'selector'.");
  }
  if (docIds !== undefined && selector !== undefined) {
    throw bad("The 'doc_ids' and 'selector' fields are mutually exclusive.");
  }
  if (docIds !== undefined) {
    if (!Array.isArray(docIds) || !docIds.every((id) => typeof id === 'string')) {
      throw bad("The 'doc_ids' field must be an array of strings.");
    }
    return { kind: 'doc-ids', docIds: [...new Set(docIds)] };
  }
  if (selector !== undefined) {
    if (!isObject(selector)) throw bad("The 'selector' field must be an object.");
    return { kind: 'selector', selector };
  }
  return { kind: 'all' };
}

function parseSinceSeq(value: unknown): Sequence | undefined {
  if (value === undefined || value === null) return undefined;
  if (typeof value === 'string' || typeof value === 'number') return value;
  throw bad("The 'since_seq' field must be an update sequence (a string or a number).");
}

function parseInterval(value: unknown): number | undefined {
  if (value === undefined || value === null) return undefined;
  if (typeof value === 'number' && Number.isInteger(value) && value > 0) return value;
  throw bad("The 'checkpoint_interval' field must be a positive whole number of milliseconds.");
}

function bad(reason: string): ReplicationError {
  return new ReplicationError('bad_request', reason, { status: 400 });
}
