// Who may ask: a page of this server itself. A browser says in `Origin` which page asks; and a name
// in `Host` that is not ours means that somebody's domain was pointed at this address. Behind a proxy
// the page has another address than this server.

import type { IncomingMessage } from 'node:http';
import { isIP } from 'node:net';

export interface AllowedHosts {
  /** Names by which this server may be called, besides localhost and addresses. */
  names: readonly string[];
  /** `https://dash.example:8443`: where a proxy shows this server. */
  publicOrigins?: readonly string[];
}

export function isAllowedHost(
  request: IncomingMessage,
  { names, publicOrigins = [] }: AllowedHosts,
): boolean {
  const { host } = request.headers;
  if (host === undefined) return false;
  const name = hostName(host);
  if (name === undefined) return false;
  const address = name.replace(/^\[(.*)\]$/, '$1');
  if (name === 'localhost' || isIP(address) !== 0 || names.includes(name)) return true;
  return publicOrigins.some((origin) => new URL(origin).hostname === name);
}

/**
 * A request without `Origin` is not from a page; any page of another origin is refused. Where a proxy
 * writes its own name into `Host`, the browser's word counts (`Sec-Fetch-Site`, which no page can
 * write, and which only https and this machine's own pages have), or the proxy's, or what the server
 * was told of its public address.
 */
export function isSameOrigin(
  request: IncomingMessage,
  { publicOrigins = [] }: Pick<AllowedHosts, 'publicOrigins'> = {},
): boolean {
  const { origin, host } = request.headers;
  if (origin === undefined) return true;
  const url = URL.parse(origin);
  if (url === null || !/^https?:$/.test(url.protocol)) return false;
  const site = request.headers['sec-fetch-site'];
  if (site !== undefined) return site === 'same-origin';
  const forwarded = request.headers['x-forwarded-host'];
  const hosts = [host, typeof forwarded === 'string' ? forwarded : undefined];
  return (
    hosts.some((one) => one?.toLowerCase() === url.host) || publicOrigins.includes(url.origin)
  );
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
