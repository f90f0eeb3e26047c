import type { JsonObject } from '../../json-object.ts';
import type { CouchDocument, StoredDatabase } from '../../store/database.ts';
import type { ReplicationError } from '../replication-error.ts';
import type { ReplicationJob } from './job.ts';
import { statistics } from './job-statistics.ts';

// What the replicator writes into its documents: only how a replication ended. Everything that
// passes is in `_scheduler`, so a running replication leaves its document alone.

export type FinalState =
  | { state: 'completed'; job: ReplicationJob }
  | { state: 'failed'; error: ReplicationError };

/** `completed` or `failed` where the document says that it needs no job any more. */
export function finalState(doc: CouchDocument): 'completed' | 'failed' | undefined {
  const state = doc._replication_state;
  return state === 'completed' || state === 'failed' ? state : undefined;
}

/** True where two revisions describe the same replication, whatever was noted in them of its end. */
export function sameDefinition(a: CouchDocument, b: CouchDocument): boolean {
  if (finalState(a) !== undefined && finalState(b) === undefined) return false;
  return definition(a) === definition(b);
}

function definition(doc: CouchDocument): string {
  const fields = Object.entries(doc).filter(([name]) => {
    return name !== '_rev' && name !== 'owner' && !name.startsWith('_replication_');
  });
  return JSON.stringify(fields.sort(([a], [b]) => (a < b ? -1 : 1)));
}

/** Notes the end in the document, unless that was changed or deleted meanwhile. */
export async function writeFinalState(
  database: StoredDatabase,
  doc: CouchDocument,
  end: FinalState,
): Promise<void> {
  const kept = Object.entries(doc).filter(([name]) => !name.startsWith('_replication_'));
  const noted: JsonObject = {
    ...Object.fromEntries(kept),
    _replication_state: end.state,
    _replication_state_time: new Date().toISOString().replace(/\.\d+Z$/, 'Z'),
    ...(end.state === 'completed'
      ? { _replication_id: end.job.id, _replication_stats: statistics(end.job) }
      : { _replication_state_reason: end.error.reason }),
  };
  // A conflict is a result, not an exception: a newer revision decides for itself.
  await database.write([noted]);
}
