import type { CouchDocument } from '../store/database.ts';
import type { ReplicationJob } from './jobs/job.ts';
import type { ReplicationError } from './replication-error.ts';

/** What is known of one document of `_replicator`: its text, and the job or failure behind it. */
export class DocumentEntry {
  readonly database: string;
  readonly docId: string;
  /** As last read. */
  document: CouchDocument;
  job: ReplicationJob | undefined;
  /** Why there can be no job. */
  failure: ReplicationError | undefined;
  readonly since = new Date();

  constructor(database: string, docId: string, document: CouchDocument) {
    this.database = database;
    this.docId = docId;
    this.document = document;
  }
}
