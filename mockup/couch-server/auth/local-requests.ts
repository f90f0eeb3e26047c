/**
 * Where no administrator was named, everybody on this machine is one: programs, but not pages of
 * other sites in a browser that runs here. Such a page can have its own name resolve to 127.0.0.1
 * (the Host header then shows that name) or send requests across sites (the Origin header shows it).
 */
import type { IncomingMessage } from 'node:http';
import { CouchError } from '../couch-error.ts';

const LOOPBACK = /^(?:localhost|127(?:\.\d{1,3}){3}|\[::1\])\.?(?::\d{1,5})?$/i;
const ORIGIN = /^https?:\/\//i;

/** True for an address that only this machine reaches. */
export const isLoopback = (host: string): boolean =>
  host === 'localhost' || host === '::1' || /^127(\.\d{1,3}){3}$/.test(host);

/** Throws CouchError 403. */
export function requireLocalNames({ headers }: IncomingMessage): void {
  const { host, origin } = headers;
  if (host !== undefined && !LOOPBACK.test(host)) throw foreign('Host', host);
  if (origin === undefined || LOOPBACK.test(origin.replace(ORIGIN, ''))) return;
  throw foreign('Origin', origin);
}

function foreign(header: string, value: string): CouchError {
  const shown = JSON.stringify(value.slice(0, 100));
  const reason =
    `Without an administrator this server answers to localhost alone, not to ${header} ${shown}. ` +
    'Address it as localhost or 127.0.0.1, or start it with --admin.';
  return new CouchError(403, 'forbidden', reason);
}
