// What a CouchDB server's answer, or the lack of one, means: unreachable (try again), refused
// (somebody must mend something), or a conflict, which each call treats in its own way.

import { DatabaseRefusedError, DatabaseUnavailableError } from './database.ts';

interface CouchFailure {
  statusCode?: number;
  error?: string;
  reason?: string;
  message?: string;
}

/** Statuses that pass by themselves: time-outs, too many requests, a server that starts or stops. */
const PASSING = new Set([408, 429, 500, 502, 503, 504]);

export function isStatus(error: unknown, status: number): boolean {
  return (error as CouchFailure)?.statusCode === status;
}

/** `what`: what was tried, without credentials, such as `put of msgq at http://host:5984`. */
export function couchError(error: unknown, what: string): Error {
  const failure = error as CouchFailure;
  const { statusCode } = failure;
  if (error instanceof DatabaseRefusedError || error instanceof DatabaseUnavailableError)
    return error;
  if (statusCode === undefined) {
    return new DatabaseUnavailableError(`no answer to ${what}: ${innermost(error)}`, {
      cause: error,
      hint: 'is the CouchDB server running, and COUCHDB_URL right?',
    });
  }
  const reason = failure.reason ?? failure.message ?? '';
  if (PASSING.has(statusCode)) {
    return new DatabaseUnavailableError(`${what} failed: ${statusCode} ${reason}`, {
      cause: error,
    });
  }
  const hint = hintFor(statusCode);
  return new DatabaseRefusedError(statusCode, `${what} was refused: ${statusCode} ${reason}`, {
    ...(hint === undefined ? {} : { hint }),
  });
}

function hintFor(status: number): string | undefined {
  if (status === 401) return 'user or password in COUCHDB_URL is missing or wrong';
  if (status === 403) return 'the user in COUCHDB_URL may not do this';
  if (status === 404) return 'does the database exist? "draws init" makes all of them';
  return undefined;
}

function innermost(error: unknown): string {
  let at: unknown = error;
  while (at instanceof Error && at.cause !== undefined) at = at.cause;
  const { code, message } = (at ?? {}) as { code?: string; message?: string };
  return message || code || String(at);
}
