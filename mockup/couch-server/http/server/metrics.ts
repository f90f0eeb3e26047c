/**
 * Counts of requests, by method, status and kind, and apart for replicators, so that a benchmark
 * can say what an exchange of messages costs in requests.
 */

export type RequestKind =
  | 'document'
  | 'bulk'
  | 'find'
  | 'changes'
  | 'list'
  | 'attachment'
  | 'replication'
  | 'server';

const REPLICATOR = 'draws-replicator';

export interface RequestCounts {
  total: number;
  readonly byMethod: { [method: string]: number };
  readonly byKind: { [kind: string]: number };
  readonly byStatus: { [status: string]: number };
}

const METHODS = new Set(['GET', 'HEAD', 'PUT', 'POST', 'DELETE', 'COPY', 'OPTIONS', 'PATCH']);

export class Metrics {
  /** Of clients, and of replicators (by the User-Agent `draws-replicator…`). */
  readonly clients = emptyCounts();
  readonly replicators = emptyCounts();
  documentsWritten = 0;
  errors = 0;

  countsFor(userAgent: string | undefined): RequestCounts {
    return userAgent?.startsWith(REPLICATOR) ? this.replicators : this.clients;
  }

  request(counts: RequestCounts, method: string, kind: RequestKind): void {
    counts.total++;
    add(counts.byMethod, METHODS.has(method) ? method : 'other');
    add(counts.byKind, kind);
  }

  response(counts: RequestCounts, status: number): void {
    add(counts.byStatus, String(status));
  }
}

const KINDS: { readonly [endpoint: string]: RequestKind } = {
  _bulk_docs: 'bulk',
  _bulk_get: 'bulk',
  _find: 'find',
  _explain: 'find',
  _index: 'find',
  _changes: 'changes',
  _all_docs: 'list',
  _design_docs: 'list',
  _local_docs: 'list',
  _revs_diff: 'replication',
  _missing_revs: 'replication',
  _local: 'replication',
  _ensure_full_commit: 'replication',
};

export function kindOf(segments: readonly string[]): RequestKind {
  const [database, second, third] = segments;
  if (database === undefined || second === undefined) return 'server';
  if (database.startsWith('_') && database !== '_users' && database !== '_replicator') {
    return 'server';
  }
  if (second === '_design') return segments.length > 3 ? 'attachment' : 'document';
  if (second.startsWith('_')) return KINDS[second] ?? 'server';
  return third === undefined ? 'document' : 'attachment';
}

function emptyCounts(): RequestCounts {
  return { total: 0, byMethod: {}, byKind: {}, byStatus: {} };
}

function add(counts: { [key: string]: number }, key: string): void {
  counts[key] = (counts[key] ?? 0) + 1;
}
