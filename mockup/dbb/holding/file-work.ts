// Work on many files at once as a port: one request for a whole batch, done by plain system calls
// in threads of their own, so that neither the disk nor the sums hold up the rest.

import type { FileVersion } from '../../core/dbb/file-version.ts';
import type { HoldOptions, HoldRequest, HoldResult } from './held-files.ts';

/**
 * What is under a path: neither, where it is proven that no file is there; a version with a code,
 * where there is one that can't be read.
 */
export interface Sight {
  version?: FileVersion;
  /** The system's code of the error, such as EACCES. */
  code?: string;
}

export type ChecksumResult = { checksum: string } | { code: string };

export interface FileWork {
  /** What is under each path now. `root` has no links in it. */
  lookAt(root: string, paths: readonly string[]): Promise<Sight[]>;
  /** BLAKE2b-512 of each file, or the system's code of the error, such as ENOENT or EACCES. */
  checksums(root: string, paths: readonly string[]): Promise<ChecksumResult[]>;
  /** Moves files to the holding area, see `held-files`. */
  hold(options: HoldOptions, requests: readonly HoldRequest[]): Promise<HoldResult[]>;
  /** Back from the holding area; undefined where that is done, else why not. */
  putBack(
    roots: { holding: string; buffer: string },
    files: readonly HeldName[],
  ): Promise<(string | undefined)[]>;
  /** Removes files of the holding area whose content is as it is on record, and no others. */
  remove(holding: string, files: readonly KnownContent[]): Promise<Removal[]>;
  close(): Promise<void>;
}

export interface KnownContent {
  /** Path in the holding area. */
  as: string;
  size_bytes: number;
  checksum: string;
}

/** `other`: it holds other content; or the system's code of the error. */
export type Removal = 'removed' | 'absent' | 'other' | (string & {});

/** A file by its path in the holding area, and by the one that it had in the buffer. */
export interface HeldName {
  as: string;
  path: string;
}

export type FileRequest =
  | { kind: 'look'; root: string; paths: readonly string[] }
  | { kind: 'checksums'; root: string; paths: readonly string[] }
  | { kind: 'remove'; holding: string; files: readonly KnownContent[] }
  | { kind: 'put-back'; holding: string; buffer: string; files: readonly HeldName[] }
  | { kind: 'hold'; options: HoldOptions; requests: readonly HoldRequest[] };

export type FileRequestMessage = FileRequest & { id: number };
export type FileAnswerMessage = { id: number; result: unknown[] } | { id: number; error: string };
