// One request to a CouchDB server beyond what actors need of a database: its scheduler, its
// version, the leaves of a document. Gives up soon, and says in one line what is wrong.

import { AppError } from '../core/errors.ts';
import { DatabaseRefusedError, DatabaseUnavailableError } from '../platform/couch/database.ts';
import { accessHint, accessProblem } from '../platform/couch/reaching/access-refusal.ts';
import type { ReplicatedSite } from './plan.ts';
import { splitCredentials } from './replicator-document.ts';

/** Whom to ask: a site, or any other server under the name that errors shall give it. */
export type AskedServer = Pick<ReplicatedSite, 'url'> & { executive: string };

export interface CouchAnswer {
  body: unknown;
  headers: Headers;
}

export interface CouchRequest {
  method?: 'GET' | 'POST' | 'PUT';
  /** Sent as JSON. */
  body?: unknown;
  /** Default 8 s. */
  limit_ms?: number;
}

const LIMIT_MS = 8_000;

/**
 * `path` begins with a slash. Throws DatabaseUnavailableError, or DatabaseRefusedError with the
 * status; neither shows a password.
 */
export async function couchRequest(
  { url, executive }: AskedServer,
  path: string,
  { method = 'GET', body, limit_ms = LIMIT_MS }: CouchRequest = {},
): Promise<CouchAnswer> {
  const { address, credentials } = splitCredentials(url);
  const headers: Record<string, string> = { accept: 'application/json' };
  if (body !== undefined) headers['content-type'] = 'application/json';
  if (credentials) {
    const token = Buffer.from(`${credentials.username}:${credentials.password}`);
    headers.authorization = `Basic ${token.toString('base64')}`;
  }
  const where = `${executive} at ${address}`;
  try {
    const response = await fetch(`${address}${path}`, {
      method,
      headers,
      signal: AbortSignal.timeout(limit_ms),
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
    const answer = (await response.json()) as unknown;
    if (response.ok) return { body: answer, headers: response.headers };
    throw refusal(response.status, answer, where);
  } catch (error) {
    if (error instanceof AppError) throw error;
    throw new DatabaseUnavailableError(`${where} does not answer`, {
      hint: 'is the server running there, bound to that address, and the network up?',
      cause: error,
    });
  }
}

function refusal(status: number, answer: unknown, where: string): AppError {
  const { reason } = (answer ?? {}) as { reason?: unknown };
  const problem = accessProblem(status, String(reason ?? ''));
  if (problem === 'no login' || problem === 'wrong login') {
    return new DatabaseRefusedError(status, `${where} refuses these credentials`, {
      hint: 'give the right user and password in the URL, and apply the replications again',
    });
  }
  if (problem) {
    const hint = accessHint(problem, 'its URL');
    return new DatabaseRefusedError(status, `${where} refuses this: ${reason}`, { hint });
  }
  return new DatabaseRefusedError(status, `${where} answers ${status} ${reason ?? ''}`.trim());
}
