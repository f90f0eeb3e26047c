// What an ingest plugin is: it brings files into one data management system. It runs in a process of
// its own, which is ended with all it started when an attempt takes too long; so it may hang or
// crash. It says what went wrong by throwing.

import type { Clock } from '../../../platform/clock/clock.ts';
import type { DatabaseServer } from '../../../platform/couch/database.ts';
import type { Logger } from '../../../platform/log/logger.ts';
import type { RunTool } from '../../process/tool-runner.ts';

export interface PluginFile {
  /** Absolute. */
  path: string;
  relpath: string;
  filename: string;
  /** BLAKE2b-512, 128 hexadecimal digits. */
  checksum: string;
  size_bytes: number;
}

export interface AttemptContext {
  /** True where an earlier attempt ended without a result: the file may have been ingested. */
  repeated: boolean;
  /** Those of the configuration. */
  settings: Readonly<Record<string, unknown>>;
}

/** Of one file in a batch; null where it went well. */
export type FileFailure = { error: unknown } | null | undefined;

/**
 * What a target has of a file: its content, another one under its name, nothing; or something that
 * can't be compared.
 */
export type PluginVerdict = 'same' | 'other' | 'missing' | 'unseen';

export interface IngestPlugin {
  /** Kept with each event as `ingest_ver`. */
  version: string;
  /**
   * Throws where it fails: `retriable: true` on the error where it may pass by itself, `away: true`
   * where the target does not answer and the file is not to blame.
   */
  ingest(file: PluginFile, context: AttemptContext): Promise<unknown> | unknown;
  /**
   * Several files at once, for plugins that can. Returns a list of FileFailure, one per file, or
   * nothing where all went well. Where it throws, the files are tried one by one.
   */
  ingestMany?(files: readonly PluginFile[], context: AttemptContext): Promise<unknown> | unknown;
  /** For `endmgr check`: one verdict per file. Throws where the target does not answer. */
  verify?(files: readonly PluginFile[]): Promise<PluginVerdict[]>;
  /** By any of which the target may know a file: a name there, a path, a checksum. */
  keysOf?(file: PluginFile): readonly string[];
  /** For `endmgr check --dark-in-target`: what the target has of which no key is known. */
  dark?(isKnown: (key: string) => boolean, after: string | undefined): Promise<DarkPage>;
}

/** Some of what a target has. */
export interface DarkPage {
  looked: number;
  dark: { name: string; detail: string }[];
  /** To ask for the next page with; undefined after the last one. */
  after?: string | undefined;
}

/** What plugins reach the outside by. */
export interface PluginPorts {
  clock: Clock;
  log: Logger;
  runTool: RunTool;
  /** Whether a program is there and may be run, by its path or in PATH. */
  findProgram(program: string, env: Record<string, string>): Promise<boolean>;
  fetch: typeof fetch;
  adler32(path: string): Promise<string>;
  read(path: string): Promise<Uint8Array>;
  readText(path: string): Promise<string>;
  /** The server of a CouchDB URL; undefined: that of the ingester's records. */
  databases(url?: string): DatabaseServer;
  /** Directory of the configuration, for relative paths. */
  directory: string;
}

/** Throws ConfigurationError where the settings are not what the plugin needs. */
export type CreatePlugin = (
  settings: Readonly<Record<string, unknown>>,
  ports: PluginPorts,
) => Promise<IngestPlugin> | IngestPlugin;
