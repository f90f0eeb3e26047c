import { AppError } from '../core/errors.ts';

/**
 * The errors of the CouchDB protocol: a status, a short `error` word and a `reason` sentence. They
 * travel to HTTP clients as they are, so words and reasons are CouchDB's own.
 */
export class CouchError extends AppError {
  readonly status: number;
  /** The word, also as `code`. */
  readonly error: string;
  readonly reason: string;

  constructor(status: number, error: string, reason: string, cause?: unknown) {
    super(error, `${error}: ${reason}`, { cause });
    this.status = status;
    this.error = error;
    this.reason = reason;
  }
}

export const badRequest = (reason: string): CouchError =>
  new CouchError(400, 'bad_request', reason);

export const notFound = (reason: 'missing' | 'deleted' | string): CouchError =>
  new CouchError(404, 'not_found', reason);

export const conflict = (): CouchError =>
  new CouchError(409, 'conflict', 'Document update conflict.');

export const databaseMissing = (): CouchError => notFound('Database does not exist.');

export const notImplemented = (what: string): CouchError =>
  new CouchError(501, 'not_implemented', `${what}: this server has no JavaScript engine.`);
