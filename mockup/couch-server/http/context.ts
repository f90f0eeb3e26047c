/** What all routes share. */
import type { ServerResponse } from 'node:http';
import type { Authority } from '../auth/authority.ts';
import { CouchError } from '../couch-error.ts';
import type { ServerExtension } from '../extension.ts';
import type { Limits } from '../limits.ts';
import type { DirectoryStore } from '../store/directory-store.ts';
import type { SqliteDatabase } from '../store/sqlite-database.ts';
import type { DatabaseEvents } from './changes/database-events.ts';
import type { FeedRegistry } from './changes/feed-registry.ts';
import type { Exchange } from './exchange.ts';
import type { Metrics } from './server/metrics.ts';

export interface ServerContext {
  readonly store: DirectoryStore;
  readonly limits: Limits;
  readonly authority: Authority;
  readonly metrics: Metrics;
  readonly feeds: FeedRegistry;
  readonly events: DatabaseEvents;
  readonly version: string;
  /** Listens for the end of each response; `this` is the response. */
  readonly answered: (this: ServerResponse) => void;
  extension: ServerExtension | undefined;
  log(message: string, error?: unknown): void;
}

export type RouteHandler = (exchange: Exchange, context: ServerContext) => void | Promise<void>;

export type DatabaseHandler = (
  exchange: Exchange,
  context: ServerContext,
  database: SqliteDatabase,
) => void | Promise<void>;

/** Throws CouchError 405, telling the methods there are. */
export function methodNotAllowed(exchange: Exchange, methods: string): never {
  exchange.res.setHeader('Allow', methods);
  throw new CouchError(405, 'method_not_allowed', `Only ${methods} allowed`);
}
