import type { JsonObject } from '../../json-object.ts';
import type { ReplicationJob } from './job.ts';

/** The numbers of a job in CouchDB's names, as its views and its document's final state hold them. */
export function statistics({ progress }: ReplicationJob): JsonObject {
  const { counters } = progress;
  return {
    revisions_checked: counters.missing_checked,
    missing_revisions_found: counters.missing_found,
    docs_read: counters.docs_read,
    docs_written: counters.docs_written,
    doc_write_failures: counters.doc_write_failures,
    bulk_get_docs: counters.bulk_get_docs,
    bulk_get_attempts: counters.bulk_get_attempts,
    changes_pending: progress.changesPending ?? null,
    checkpointed_source_seq: progress.checkpointedSeq,
    through_seq: progress.throughSeq,
  };
}
