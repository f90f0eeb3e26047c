// Documents that two sites have written, each without knowing of the other: after replication both
// revisions are there, CouchDB shows one of them, and the other is easily forgotten.

import { databaseNames, type WorkflowDatabase, workflowDatabases } from '../../core/databases.ts';
import { DatabaseRefusedError, type Document } from '../../platform/couch/database.ts';
import { couchRequest } from '../couch-request.ts';
import type { ReplicatedSite } from '../plan.ts';

export type ConflictLeaf = Document & { _rev: string };

export interface Conflict {
  database: WorkflowDatabase;
  id: string;
  /** The revision that CouchDB shows first, then the others; at least two, none deleted. */
  leaves: ConflictLeaf[];
}

interface ChangeRow {
  id: string;
  changes: { rev: string }[];
}

const PAGE = 5_000;

/**
 * Where each feed has been read to, and which documents had several leaves then: given again, only
 * what has changed meanwhile is read.
 */
export interface ConflictMemory {
  since: Map<string, string>;
  candidates: Map<string, Set<string>>;
}

export function createConflictMemory(): ConflictMemory {
  return { since: new Map(), candidates: new Map() };
}

/** In the databases of the workflow, ordered by database and id. Throws as `couchRequest`. */
export async function findConflicts(
  site: ReplicatedSite,
  memory: ConflictMemory = createConflictMemory(),
): Promise<Conflict[]> {
  const found: Conflict[] = [];
  for (const { name } of workflowDatabases) {
    for (const id of await candidatesIn(site, name, memory)) {
      const conflict = await readConflict(site, name, id);
      if (conflict) found.push(conflict);
      else memory.candidates.get(name)?.delete(id);
    }
  }
  return found;
}

/** Documents with several leaves, some of which may be deleted. */
async function candidatesIn(
  site: ReplicatedSite,
  database: string,
  memory: ConflictMemory,
): Promise<string[]> {
  const candidates = memory.candidates.get(database) ?? new Set<string>();
  memory.candidates.set(database, candidates);
  for (;;) {
    const since = memory.since.get(database) ?? '0';
    const query = new URLSearchParams({ style: 'all_docs', limit: String(PAGE), since });
    const body = await changesOf(site, `/${database}/_changes?${query}`);
    // Not every site has all of them: Python actors keep no heartbeats.
    if (body === undefined && database !== databaseNames.statusEntities) return [];
    if (body === undefined)
      throw new DatabaseRefusedError(404, `${site.executive} has no ${database}`);
    const { results, last_seq } = body as { results: ChangeRow[]; last_seq: unknown };
    for (const { id, changes } of results) {
      if (changes.length > 1) candidates.add(id);
      else candidates.delete(id);
    }
    memory.since.set(database, String(last_seq));
    if (results.length < PAGE) return [...candidates].sort();
  }
}

/** Undefined where there is no such database. */
async function changesOf(site: ReplicatedSite, path: string): Promise<unknown> {
  try {
    return (await couchRequest(site, path)).body;
  } catch (error) {
    if (error instanceof DatabaseRefusedError && error.status === 404) return undefined;
    throw error;
  }
}

/** Undefined where there is no conflict (any more). */
export async function readConflict(
  site: ReplicatedSite,
  database: WorkflowDatabase,
  id: string,
): Promise<Conflict | undefined> {
  const leaves = (await readLeaves(site, database, id)).filter(({ _deleted }) => !_deleted);
  if (leaves.length < 2) return undefined;
  const path = `/${database}/${encodeURIComponent(id)}`;
  const { _rev: winner } = (await couchRequest(site, path)).body as ConflictLeaf;
  leaves.sort((one, other) => Number(other._rev === winner) - Number(one._rev === winner));
  return { database, id, leaves };
}

/** Also deleted ones; none where there is no such document. */
export async function readLeaves(
  site: ReplicatedSite,
  database: WorkflowDatabase,
  id: string,
): Promise<ConflictLeaf[]> {
  const request = { method: 'POST', body: { docs: [{ id }] } } as const;
  const { body } = await couchRequest(site, `/${database}/_bulk_get`, request);
  const { results } = body as { results: { docs: { ok?: ConflictLeaf }[] }[] };
  return results.flatMap(({ docs }) => docs.flatMap(({ ok }) => ok ?? []));
}
