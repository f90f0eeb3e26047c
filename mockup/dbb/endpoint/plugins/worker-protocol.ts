// What an ingester and the process of its plugin say to each other.

import type { DarkPage, PluginFile, PluginVerdict } from './plugin.ts';
import type { PluginChoice } from './plugin-registry.ts';

export interface WorkerStart {
  kind: 'start';
  plugin: PluginChoice;
  /** Directory of the configuration. */
  directory: string;
  /** The CouchDB server of the ingester's records; may carry credentials. */
  couchUrl: string;
}

export interface WorkerAttempt {
  kind: 'attempt';
  id: number;
  files: readonly { file: PluginFile; repeated: boolean }[];
  /** All in one call, or one after the other. */
  together: boolean;
}

/** What does the target have of these? */
export interface WorkerVerification {
  kind: 'verify';
  id: number;
  files: readonly PluginFile[];
}

/** What else does the target have? `known`: remember these, more are to come. */
export type WorkerDarkSearch =
  | { kind: 'known'; id: number; files: readonly PluginFile[] }
  | { kind: 'dark'; id: number; after: string | undefined };

/** `hold`: no further file is begun. */
export type ToWorker =
  | WorkerStart
  | WorkerAttempt
  | WorkerVerification
  | WorkerDarkSearch
  | { kind: 'hold' };

export interface FileResult {
  start_ms: number;
  duration_s: number;
  /** Undefined where it went well. */
  failure?: {
    message: string;
    /** The same attempt may succeed later by itself. */
    passing: boolean;
    /** Nothing was tried: the target does not answer. */
    away?: boolean;
  };
}

export type FromWorker =
  | { kind: 'ready'; version: string; takesMany: boolean; verifies: boolean; lists: boolean }
  /** Without verdicts: why there are none. */
  | { kind: 'verified'; id: number; verdicts?: PluginVerdict[]; message?: string }
  /** Without a page: why there is none. */
  | { kind: 'searched'; id: number; page?: DarkPage; message?: string }
  | { kind: 'unusable'; code: string; message: string }
  /** One after the other: the file of this index is over. */
  | { kind: 'result'; id: number; index: number; result: FileResult }
  /** All in one call: how each went, or undefined where the call failed as a whole. */
  | { kind: 'results'; id: number; results: FileResult[] | undefined; message?: string }
  /** One after the other: all are over, or `hold` came. */
  | { kind: 'end'; id: number };
