// Who may ask: a page of this server itself. A browser says in `Origin` which page asks; and a name
// in `Host` that is not ours means that somebody's domain was pointed at this address.

import type { IncomingMessage } from 'node:http';
import { isIP } from 'node:net';

export interface AllowedHosts {
  /** Names by which this server may be called, besides localhost and addresses. */
  names: readonly string[];
}

export function isAllowedHost(request: IncomingMessage, { names }: AllowedHosts): boolean {
  const { host } = request.headers;
  if (host === undefined) return false;
  const name = hostName(host);
  if (name === undefined) return false;
  const address = name.replace(/^\[(.*)\]$/, '$1');
  return name === 'localhost' || isIP(address) !== 0 || names.includes(name);
}

/** A request without `Origin` is not from a page; any page of another origin is refused. */
export function isSameOrigin(request: IncomingMessage): boolean {
  const { origin, host } = request.headers;
  if (origin === undefined) return true;
  const url = URL.parse(origin);
  return url !== null && /^https?:$/.test(url.protocol) && url.host === host?.toLowerCase();
}

/**
 * True where a page of another origin wants it as a part of itself (a picture, a script). It could
 * not read the answer, but asking again and again would keep this server and its database busy.
 */
export function isPartOfForeignPage({ headers }: IncomingMessage): boolean {
  const { 'sec-fetch-site': from = 'none', 'sec-fetch-mode': mode } = headers;
  return from !== 'none' && from !== 'same-origin' && mode !== 'navigate';
}

function hostName(host: string): string | undefined {
  const url = /^[\w.:[\]-]+$/.test(host) ? URL.parse(`http://${host}`) : null;
  return url?.hostname.toLowerCase();
}
