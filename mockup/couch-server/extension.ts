/**
 * What plugs into the server beside its own routes: the replicator. It reads and writes the store
 * directly, answers some server-level paths, and stops before the store closes.
 */
import type { Edit } from './store/documents/document.ts';
import type { ServerStore } from './store/server-store.ts';

export interface ExtensionRequest {
  readonly method: string;
  /** Decoded segments of the path: `/_scheduler/docs/_replicator/x` gives four. */
  readonly segments: readonly string[];
  readonly query: URLSearchParams;
  /** The parsed JSON body of a POST or PUT; undefined when there is none. */
  readonly body: unknown;
  /** Aborted when the client goes away. */
  readonly signal: AbortSignal;
}

export interface ExtensionResponse {
  readonly status: number;
  readonly body: unknown;
  readonly headers?: { readonly [name: string]: string };
}

export interface ServerExtension {
  /** First path segments it answers (server admins only), such as `_replicate`, `_scheduler`. */
  readonly paths: readonly string[];
  /** May throw CouchError. */
  handle(request: ExtensionRequest): Promise<ExtensionResponse>;
  /** What a client writes, as it is to be stored. Throws CouchError 403 for what can't be used. */
  admit?(database: string, author: string | null, edit: Edit): Edit;
  /** Rows for `_active_tasks`. */
  activeTasks(): readonly { readonly [key: string]: unknown }[];
  stop(): Promise<void>;
}

export interface ExtensionContext {
  readonly store: ServerStore;
  /** URL this server answers at, without a trailing slash. */
  readonly url: string;
  /** Told what an operator should know; default: nothing. */
  readonly tell?: ((message: string, error?: unknown) => void) | undefined;
  /** Whether these credentials (or none) make a server administrator. */
  readonly isServerAdmin: (
    credentials: { username: string; password: string } | undefined,
  ) => Promise<boolean>;
}

/** Called once the server listens. */
export type ExtensionFactory = (context: ExtensionContext) => Promise<ServerExtension>;
