// The one error of the replicator. `error` and `reason` are CouchDB's words and reach people in
// `_scheduler` and in answers, so neither ever holds credentials.

import { AppError } from '../../core/errors.ts';

export class ReplicationError extends AppError {
  /** CouchDB's short word, also as `code`: `db_not_found`, `unauthorized`, `bad_request`… */
  readonly error: string;
  readonly reason: string;
  /** HTTP status of the peer's answer; undefined where no answer came. */
  readonly status: number | undefined;
  /** The id of the one document that it is about; undefined: the whole replication. */
  readonly document: string | undefined;

  constructor(
    error: string,
    reason: string,
    options: { status?: number | undefined; cause?: unknown; document?: string } = {},
  ) {
    super(error, `${error}: ${reason}`, { cause: options.cause });
    this.error = error;
    this.reason = reason;
    this.status = options.status;
    this.document = options.document;
  }
}

/** Any failure as a ReplicationError; an unforeseen one keeps its message and is the cause. */
export function asReplicationError(cause: unknown): ReplicationError {
  if (cause instanceof ReplicationError) return cause;
  const reason = cause instanceof Error ? cause.message : String(cause);
  return new ReplicationError('internal_error', reason, { cause });
}

/** For a database that was deleted and made anew under a running replication. */
export function databaseReplaced(label: string): ReplicationError {
  return new ReplicationError('db_replaced', `${label} is not the database it was`);
}

/** For a replication that a document runs already. */
export function alreadyStarted(job: {
  id: string;
  origin: { docId: string } | null;
}): ReplicationError {
  const by = job.origin ? `document \`${job.origin.docId}\`` : 'a request to _replicate';
  const reason = `Replication \`${job.id}\` is already started, triggered by ${by}.`;
  return new ReplicationError('duplicate_job', reason, { status: 500 });
}
