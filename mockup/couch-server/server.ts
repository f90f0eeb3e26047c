/**
 * The embedded server: CouchDB's HTTP protocol over databases in SQLite files. Starts it, and stops
 * it so that nothing is left behind: feeds end, the replicator stops, files close.
 */
import { randomBytes } from 'node:crypto';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo, Socket } from 'node:net';
import type { Duplex } from 'node:stream';
import { setFlagsFromString } from 'node:v8';
import { AppError } from '../core/errors.ts';
import { Authority } from './auth/authority.ts';
import { isLoopback } from './auth/local-requests.ts';
import { isServerAdmin } from './auth/user.ts';
import { CouchError } from './couch-error.ts';
import type { ExtensionFactory } from './extension.ts';
import { DatabaseEvents } from './http/changes/database-events.ts';
import { FeedRegistry } from './http/changes/feed-registry.ts';
import type { ServerContext } from './http/context.ts';
import { Exchange, unexpected } from './http/exchange.ts';
import { route } from './http/router.ts';
import { kindOf, Metrics } from './http/server/metrics.ts';
import { BodyBudget } from './http/wire/body-budget.ts';
import { Connections } from './http/wire/connections.ts';
import { SlowBodies } from './http/wire/slow-bodies.ts';
import { type Limits, withLimits } from './limits.ts';
import { createReplicator } from './replicator/create-replicator.ts';
import { DirectoryStore } from './store/directory-store.ts';
import type { ServerStore } from './store/server-store.ts';
import { keepPurging } from './store/upkeep/periodic.ts';

export interface CouchServerOptions {
  /** Default 127.0.0.1. Other than loopback only with an administrator. */
  readonly host?: string;
  /** 0 (default) takes a free one. */
  readonly port?: number;
  /** Where the databases are; absent: in memory. */
  readonly directory?: string;
  /** Administrators: password by name. None: everybody on this machine is one. */
  readonly admins?: { readonly [name: string]: string };
  readonly limits?: Partial<Limits>;
  /** Milliseconds after which tombstones that every replication has carried go; absent: never. */
  readonly tombstoneAgeMs?: number | undefined;
  /** Told what goes wrong inside; default: nothing. */
  readonly log?: (message: string, error?: unknown) => void;
  /** Told what an operator should know, such as a replication that can't go on; default: nothing. */
  readonly tell?: ((message: string, error?: unknown) => void) | undefined;
  /** What runs beside the routes; default: the replicator. */
  readonly extension?: ExtensionFactory | undefined;
}

export interface CouchServer {
  /** Without a trailing slash and without credentials. */
  readonly url: string;
  readonly host: string;
  readonly port: number;
  readonly store: ServerStore;
  readonly metrics: Metrics;
  /** Ends feeds, lets running requests finish, and closes the databases. */
  close(): Promise<void>;
}

const V8_FLAGS = [
  // Regular expressions come from clients: one that backtracks for ever must not hold up all others.
  '--enable-experimental-regexp-engine-on-excessive-backtracks',
  // Requests leave garbage that dies young; room for more of it makes the process bigger, not faster.
  '--semi-space-growth-factor=1',
  '--heap-growing-percent=25',
];
const VERSION = '3.5.0';
const SYSTEM_DATABASES = ['_replicator', '_users'];
const GRACE_MS = 2000;
const SWEEP_MS = 25;
/** How often connections are looked at for requests that do not come to their end. */
const CHECK_MS = 5000;

/** Throws AppError (`not_loopback`, `directory_in_use`, `port_in_use`) with a hint. */
export async function startCouchServer(options: CouchServerOptions = {}): Promise<CouchServer> {
  const { host = '127.0.0.1', port = 0, admins = {}, log = () => undefined } = options;
  checkHost(host, admins);
  const limits = withLimits(options.limits);
  for (const flag of V8_FLAGS) setFlagsFromString(flag);
  const store = new DirectoryStore({ directory: options.directory, log, ...limits });
  try {
    for (const name of SYSTEM_DATABASES) if (!store.database(name)) store.createDatabase(name);
    const metrics = new Metrics();
    const context: ServerContext = {
      store,
      limits,
      authority: new Authority(store, admins),
      metrics,
      feeds: new FeedRegistry(limits.maxFeeds),
      events: new DatabaseEvents(store, randomBytes(6).toString('base64url')),
      version: VERSION,
      extension: undefined,
      answered() {
        metrics.response(metrics.countsFor(this.req.headers['user-agent']), this.statusCode);
      },
      log,
    };
    const stopPurging = keepPurging(store, options.tombstoneAgeMs, log);
    const server = await listen(context, host, port, extensionOf(options));
    return {
      ...server,
      close: () => {
        stopPurging();
        return server.close();
      },
    };
  } catch (error) {
    await store.close();
    throw error;
  }
}

function extensionOf({
  extension = createReplicator,
  tell,
}: CouchServerOptions): ExtensionFactory {
  return (context) => extension({ ...context, tell });
}

async function listen(
  context: ServerContext,
  host: string,
  port: number,
  extension: ExtensionFactory,
): Promise<CouchServer> {
  const { limits, store, metrics } = context;
  const slowBodies = new SlowBodies(limits);
  const connections = new Connections(limits.maxConnections, () => slowBodies.slowSockets());
  const bodies = new BodyBudget(limits.maxBodiesSize);
  const http = createServer(
    {
      maxHeaderSize: limits.maxHeaderSize,
      keepAliveTimeout: limits.idleSocketMs,
      headersTimeout: Math.min(limits.headersTimeoutMs, limits.requestTimeoutMs),
      requestTimeout: limits.requestTimeoutMs,
      connectionsCheckingInterval: Math.min(CHECK_MS, limits.headersTimeoutMs),
      noDelay: true,
    },
    (req, res) => answer(req, res, context, bodies),
  );
  connections.follow(http);
  slowBodies.follow(http);
  http.on('clientError', refuseBytes);
  await new Promise<void>((resolve, reject) => {
    http.once('error', (error) => reject(listenError(error, host, port)));
    http.listen(port, host, resolve);
  });
  const address = http.address() as AddressInfo;
  if (context.authority.isParty && !isLoopback(address.address)) {
    // Somebody's `localhost` is another address.
    http.close();
    throw notLoopback(address.address);
  }
  const shownHost = address.family === 'IPv6' ? `[${address.address}]` : address.address;
  const url = `http://${shownHost}:${address.port}`;
  const close = async (): Promise<void> => {
    await context.extension?.stop();
    await closeHttp(http, connections.unused, context);
    await store.close();
  };
  try {
    context.extension = await extension({ store, url, isServerAdmin: adminCheck(context) });
  } catch (error) {
    await close();
    throw error;
  }
  let closing: Promise<void> | undefined;
  return {
    url,
    host,
    port: address.port,
    store,
    metrics,
    close: () => (closing ??= close()),
  };
}

/**
 * Ends feeds and waits for answers under way, for a bounded time. `unused`: clients connect ahead
 * of their next request; such a connection never counts as idle.
 */
async function closeHttp(
  http: Server,
  unused: ReadonlySet<Socket>,
  context: ServerContext,
): Promise<void> {
  const closed = new Promise<void>((resolve) => {
    http.close(() => resolve());
  });
  context.feeds.endAll();
  // A connection whose feed ends becomes idle only then, so it is looked for again.
  const sweep = setInterval(() => {
    http.closeIdleConnections();
    for (const socket of unused) socket.destroy();
  }, SWEEP_MS);
  const force = setTimeout(() => http.closeAllConnections(), GRACE_MS);
  await closed;
  clearInterval(sweep);
  clearTimeout(force);
}

/** A client that takes nothing of its answer for so long must not hold it in memory for ever. */
function cutOffWhenStalled(res: ServerResponse, limitMs: number): void {
  res.setTimeout(limitMs, () => {
    if (res.writableLength > 0 || (res.socket?.writableLength ?? 0) > 0) res.destroy();
    else res.setTimeout(limitMs);
  });
}

const BYTES_REFUSED: { readonly [code: string]: string } = {
  HPE_HEADER_OVERFLOW: '431 Request Header Fields Too Large',
  ERR_HTTP_REQUEST_TIMEOUT: '408 Request Timeout',
};

/** Answers what is no request, or does not become one. */
function refuseBytes(error: NodeJS.ErrnoException, socket: Duplex): void {
  if (!socket.writable) return;
  const status = BYTES_REFUSED[error.code ?? ''] ?? '400 Bad Request';
  socket.end(`HTTP/1.1 ${status}\r\nConnection: close\r\nContent-Length: 0\r\n\r\n`);
}

/** Whether a name and a password are an administrator's. */
function adminCheck({ authority }: ServerContext) {
  return async (credentials?: { username: string; password: string }): Promise<boolean> => {
    if (authority.isParty) return true;
    if (!credentials) return false;
    try {
      const user = await authority.logIn(credentials.username, credentials.password, 'replicator');
      return isServerAdmin(user);
    } catch (error) {
      if (error instanceof CouchError) return false;
      throw error;
    }
  };
}

function answer(
  req: IncomingMessage,
  res: ServerResponse,
  context: ServerContext,
  bodies: BodyBudget,
): void {
  const { metrics } = context;
  const counts = metrics.countsFor(req.headers['user-agent']);
  res.on('finish', context.answered);
  cutOffWhenStalled(res, context.limits.stalledMs);
  const exchange = new Exchange(req, res, context.limits, bodies);
  const failed = (error: unknown): void => {
    // A client that went away in the middle is no failure of the server.
    const expected = error instanceof CouchError || unexpected(error).status < 500;
    if (!expected && !res.destroyed && !req.destroyed) {
      metrics.errors++;
      context.log(`${req.method} ${req.url} failed`, error);
    }
    exchange.error(error);
  };
  try {
    exchange.parseUrl();
    metrics.request(counts, exchange.method, kindOf(exchange.segments));
    const user = context.authority.authenticate(req, res);
    if (user instanceof Promise) {
      user
        .then((known) => {
          exchange.user = known;
          return route(exchange, context);
        })
        .catch(failed);
      return;
    }
    exchange.user = user;
    route(exchange, context)?.catch(failed);
  } catch (error) {
    failed(error);
  }
}

function checkHost(host: string, admins: { readonly [name: string]: string }): void {
  if (isLoopback(host) || Object.keys(admins).length > 0) return;
  throw notLoopback(host);
}

function notLoopback(host: string): AppError {
  const message = `without an administrator the server may not listen on ${host}`;
  return new AppError('not_loopback', message, {
    hint: 'give one (--admin user:password), or listen on 127.0.0.1',
  });
}

function listenError(error: NodeJS.ErrnoException, host: string, port: number): Error {
  if (error.code !== 'EADDRINUSE') return error;
  return new AppError('port_in_use', `port ${port} of ${host} is in use`, {
    hint: 'stop what listens there, or choose another port',
    cause: error,
  });
}
