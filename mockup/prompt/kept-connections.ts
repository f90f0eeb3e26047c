// A client that takes a connection from its pool in the moment in which the server closes it fails
// with EPIPE, and may not send again what it does not know to be harmless. So the server is the one
// that waits longer: as long as Google's do.

import type { Server } from 'node:http';

const IDLE_MS = 240_000;

/** Keeps idle connections open for longer than any client's pool does. */
export function keepConnections<S extends Server>(server: S): S {
  server.keepAliveTimeout = IDLE_MS;
  return server;
}
