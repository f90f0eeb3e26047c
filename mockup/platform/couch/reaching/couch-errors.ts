// What a CouchDB server's answer, or the lack of one, means: unreachable (try again), refused
// (somebody must mend something), or a conflict, which each call treats in its own way.

import { DatabaseRefusedError, DatabaseUnavailableError } from '../database.ts';
import { accessHint, accessProblem } from './access-refusal.ts';

interface CouchFailure {
  statusCode?: number;
  error?: string;
  reason?: string;
  message?: string;
}

/** Statuses that pass by themselves: time-outs, too many requests, a server that starts or stops. */
const PASSING = new Set([408, 429, 500, 502, 503, 504]);

/** What the system says of a connection that did not come about, in words. */
const CONNECTING: readonly [RegExp, string][] = [
  [/\bECONNREFUSED\b/, 'connection refused'],
  [/\b(ENOTFOUND|EAI_AGAIN)\b/, 'no host of that name was found'],
  [/\b(EHOSTUNREACH|ENETUNREACH)\b/, 'the host cannot be reached'],
  [/\bETIMEDOUT\b|Connect Timeout/, 'the host does not answer'],
  [/^bad port$/, 'its port belongs to another protocol, and may not be used for HTTP'],
];

export function isStatus(error: unknown, status: number): boolean {
  return (error as CouchFailure)?.statusCode === status;
}

/**
 * `what`: what was tried, without credentials, such as `put of msgq`; `address`: of the server,
 * without credentials.
 */
export function couchError(error: unknown, what: string, address: string): Error {
  const failure = error as CouchFailure;
  const { statusCode } = failure;
  if (error instanceof DatabaseRefusedError || error instanceof DatabaseUnavailableError)
    return error;
  if (statusCode === undefined) return noAnswer(error, what, address);
  const reason = failure.reason ?? failure.message ?? '';
  const tried = `${what} at ${address}`;
  if (PASSING.has(statusCode)) {
    return new DatabaseUnavailableError(`${tried} failed: ${statusCode} ${reason}`, {
      cause: error,
    });
  }
  const isLogin = statusCode === 401 || statusCode === 403;
  if (failure.error === undefined && failure.reason === undefined && !isLogin) {
    return noCouchdb(address, statusCode);
  }
  const hint = hintFor(statusCode, reason);
  return new DatabaseRefusedError(statusCode, `${tried} was refused: ${statusCode} ${reason}`, {
    ...(hint === undefined ? {} : { hint }),
  });
}

/** Somebody answers there, and not as a CouchDB server does. */
export function noCouchdb(address: string, status: number): DatabaseRefusedError {
  return new DatabaseRefusedError(status, `what answers at ${address} is no CouchDB server`, {
    hint: 'is the port in its URL right?',
  });
}

/** Before anything was sent, or while the answer was awaited. */
function noAnswer(error: unknown, what: string, address: string): DatabaseUnavailableError {
  const text = innermost(error)
    .replace(/^error happened in your connection\. Reason: /, '')
    .replace(/^(Type)?Error: /, '');
  const [, why] = CONNECTING.find(([pattern]) => pattern.test(text)) ?? [];
  const message =
    why === undefined
      ? `no answer to ${what} at ${address}: ${text}`
      : `can't connect to ${address}: ${why}`;
  const hint = 'is the CouchDB server running, and its URL right?';
  return new DatabaseUnavailableError(message, { cause: error, hint });
}

function hintFor(status: number, reason: string): string | undefined {
  const problem = accessProblem(status, reason);
  if (problem) return accessHint(problem);
  if (status === 404) return 'does the database exist? "draws init" makes all of them';
  return undefined;
}

function innermost(error: unknown): string {
  let at: unknown = error;
  while (at instanceof Error && at.cause !== undefined) at = at.cause;
  const { code, message } = (at ?? {}) as { code?: string; message?: string };
  return message || code || String(at);
}
