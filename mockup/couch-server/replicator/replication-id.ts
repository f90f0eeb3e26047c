import { createHash } from 'node:crypto';
import type { PeerAddress } from './peers/endpoint.ts';
import type { ReplicationSpec } from './replication-spec.ts';

// A replication's id names its checkpoint documents. It depends on what is replicated and on
// where it runs, never on passwords, so that a changed password does not start from the beginning.

/** 32 hex digits; `serverId` is the uuid of the server that runs the replication. */
export function replicationId(serverId: string, spec: ReplicationSpec): string {
  const identity = [
    'draws-replication-1',
    serverId,
    endpointIdentity(spec.source),
    endpointIdentity(spec.target),
    filterIdentity(spec),
  ];
  return createHash('md5').update(JSON.stringify(identity)).digest('hex');
}

/** The id of the job: options that do not change the checkpoint are told apart here. */
export function jobId(baseId: string, spec: ReplicationSpec): string {
  return `${baseId}${spec.continuous ? '+continuous' : ''}${spec.createTarget ? '+create_target' : ''}`;
}

function endpointIdentity(endpoint: PeerAddress): unknown {
  if (endpoint.kind === 'name') return [endpoint.name];
  return [endpoint.url, endpoint.credentials?.username ?? null];
}

function filterIdentity({ filter }: ReplicationSpec): unknown {
  if (filter.kind === 'doc-ids') return ['doc_ids', [...filter.docIds].sort()];
  if (filter.kind === 'selector') return ['selector', canonical(filter.selector)];
  return null;
}

function canonical(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(canonical);
  if (typeof value !== 'object' || value === null) return value;
  return Object.entries(value)
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([key, member]) => [key, canonical(member)]);
}
