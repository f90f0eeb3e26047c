import type { ServerStore } from '../../store/server-store.ts';
import type { PeerAddress } from './endpoint.ts';
import { HttpPeer } from './http-peer.ts';
import { LocalPeer } from './local-peer.ts';
import type { ReplicationPeer } from './peer.ts';

// Which ends are databases of this very server. CouchDB wants URLs in replications, so this
// server's own URL is the usual name of a local database; going through the store then saves a
// request per batch. It is done only for server administrators, who may do all that the store can;
// everybody else's requests go through HTTP and are judged there.

export type Credentials = { username: string; password: string };

export type PeerFactoryOptions = {
  store: ServerStore;
  /** URL that this server answers at. */
  url: string;
  /** Whether these credentials (or none) make a server administrator. */
  isServerAdmin: (credentials: Credentials | undefined) => Promise<boolean>;
};

export type PeerFactory = (endpoint: PeerAddress) => Promise<ReplicationPeer>;

export function createPeerFactory({ store, url, isServerAdmin }: PeerFactoryOptions): PeerFactory {
  const own = new URL(url);
  return async (endpoint) => {
    if (endpoint.kind === 'name')
      return new LocalPeer(store, endpoint.name, labelOf(endpoint, url));
    const name = ownDatabase(endpoint, own);
    const plain = Object.keys(endpoint.headers).length === 0;
    if (name !== undefined && plain && (await isServerAdmin(endpoint.credentials))) {
      return new LocalPeer(store, name, endpoint.url);
    }
    return new HttpPeer(endpoint);
  };
}

/** How an end is shown: its URL without credentials. */
export function labelOf(endpoint: PeerAddress, serverUrl: string): string {
  if (endpoint.kind === 'url') return endpoint.url;
  return `${serverUrl.replace(/\/+$/, '')}/${encodeURIComponent(endpoint.name)}/`;
}

function ownDatabase(endpoint: PeerAddress & { kind: 'url' }, own: URL): string | undefined {
  const url = new URL(endpoint.url);
  if (url.protocol !== own.protocol || portOf(url) !== portOf(own)) return undefined;
  if (url.hostname !== own.hostname && !(isLoopback(url) && isLoopback(own))) return undefined;
  const path = url.pathname.slice(1, -1);
  return path.includes('/') ? undefined : decoded(path);
}

/** A server that listens everywhere also answers at the loopback addresses. */
function isLoopback({ hostname }: URL): boolean {
  return ['localhost', '127.0.0.1', '[::1]', '0.0.0.0', '[::]'].includes(hostname);
}

function portOf(url: URL): string {
  return url.port || (url.protocol === 'https:' ? '443' : '80');
}

function decoded(text: string): string | undefined {
  try {
    return decodeURIComponent(text);
  } catch {
    return undefined;
  }
}
