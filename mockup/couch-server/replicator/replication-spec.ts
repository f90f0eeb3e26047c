import type { JsonObject } from '../json-object.ts';
import { type DefinitionFault, definitionFault } from './document-check.ts';
import { type PeerAddress, parseEndpoint } from './peers/endpoint.ts';
import type { ChangesFilter, Sequence } from './peers/peer.ts';
import { ReplicationError } from './replication-error.ts';

// The body of `POST /_replicate` and a `_replicator` document say what to replicate in the same
// words. Fields that CouchDB ignores or that only tune it (`user_ctx`, `worker_processes`…) are let
// through; what this replicator cannot do is refused with a reason rather than half done.

export type ReplicationSpec = {
  source: PeerAddress;
  target: PeerAddress;
  continuous: boolean;
  createTarget: boolean;
  filter: ChangesFilter;
  /** Start here instead of at the checkpoint. */
  sinceSeq: Sequence | undefined;
  /** Milliseconds between checkpoints while changes flow; undefined: the server's default. */
  checkpointInterval_ms: number | undefined;
  useCheckpoints: boolean;
};

/** Throws what is wrong with the definition, in CouchDB's words where it has some. */
export function parseReplicationSpec(body: JsonObject): ReplicationSpec {
  const fault = definitionFault(body, { names: true });
  if (fault) throw refusal(fault);
  return {
    source: parseEndpoint(body.source, 'source'),
    target: parseEndpoint(body.target, 'target'),
    continuous: body.continuous === true,
    createTarget: body.create_target === true,
    filter: filterOf(body),
    sinceSeq: sinceSeqOf(body.since_seq),
    checkpointInterval_ms: intervalOf(body.checkpoint_interval),
    useCheckpoints: body.use_checkpoints !== false,
  };
}

function filterOf(body: JsonObject): ChangesFilter {
  const { doc_ids: docIds, selector, filter } = body;
  if (filter !== undefined) {
    throw bad("The 'filter' field is not supported (no JavaScript engine): use 'selector'.");
  }
  if (docIds !== undefined && docIds !== null) {
    return { kind: 'doc-ids', docIds: [...new Set(docIds as string[])] };
  }
  if (selector !== undefined) return { kind: 'selector', selector: selector as JsonObject };
  return { kind: 'all' };
}

const sinceSeqOf = (value: unknown): Sequence | undefined =>
  typeof value === 'string' || typeof value === 'number' ? value : undefined;

/** CouchDB takes any whole number; what is no time to wait leaves the server's default. */
function intervalOf(value: unknown): number | undefined {
  const interval_ms = Number(value ?? 0);
  return interval_ms > 0 ? interval_ms : undefined;
}

function refusal({ kind, reason }: DefinitionFault): ReplicationError {
  if (kind === 'error') return new ReplicationError('error', reason, { status: 500 });
  const word = kind === 'unreadable' ? 'bad_request' : kind;
  return new ReplicationError(word, reason, { status: 400 });
}

function bad(reason: string): ReplicationError {
  return new ReplicationError('bad_request', reason, { status: 400 });
}
