// The document in `_replicator` that makes a CouchDB server pull one database continuously. User
// and password of either end stand in its `auth`, not in a URL, where logs would show them.

import { parseCouchdbAddress } from '../platform/config/couchdb-address.ts';
import type { Document } from '../platform/couch/database.ts';
import type { PlannedReplication } from './plan.ts';

export const REPLICATOR_DATABASE = '_replicator';

export interface ReplicationEndpoint {
  url: string;
  auth?: { basic: { username: string; password: string } };
}

export interface ReplicatorDocument extends Document {
  source: ReplicationEndpoint;
  target: ReplicationEndpoint;
  continuous: true;
  create_target: false;
  selector?: Record<string, unknown>;
}

export function replicatorDocument(planned: PlannedReplication): ReplicatorDocument {
  return {
    _id: planned.id,
    source: endpointOf(planned.source.url, planned.database),
    target: endpointOf(planned.receiver.url, planned.database),
    continuous: true,
    create_target: false,
    ...(planned.selector && { selector: planned.selector }),
  };
}

/** A database of a server, user and password apart. */
export function endpointOf(serverUrl: string, database: string): ReplicationEndpoint {
  const { address, credentials } = splitCredentials(serverUrl);
  const url = `${address}/${encodeURIComponent(database)}`;
  return credentials ? { url, auth: { basic: credentials } } : { url };
}

/** A server's URL without user and password, and these apart. */
export function splitCredentials(serverUrl: string): {
  address: string;
  credentials: { username: string; password: string } | undefined;
} {
  const { url, user, password = '' } = parseCouchdbAddress(serverUrl, 'server URL');
  return {
    address: url,
    credentials: user === undefined ? undefined : { username: user, password },
  };
}
