// Work on the files of buffer and storage area as a port: one request for a whole batch, done in
// threads of their own, so that neither the disk nor the sums hold up the rest.

import type { FileVersion } from '../../core/dbb/file-version.ts';
import type {
  IdentifyResult,
  LookResult,
  MoveRoots,
  PlaceRequest,
  PlaceResult,
  RemoveResult,
} from './storage-moves.ts';

export interface StorageWork {
  /** A thread takes a moment to start: for those who will have files to identify soon. */
  warmUp(): void;
  /** Version and BLAKE2b-512 of each file. */
  identify(root: string, paths: readonly string[]): Promise<IdentifyResult[]>;
  /** Gives files of the buffer their names in the storage area too. */
  place(roots: MoveRoots, requests: readonly PlaceRequest[]): Promise<PlaceResult[]>;
  /** Takes that back. */
  unplace(roots: MoveRoots, versions: readonly FileVersion[]): Promise<RemoveResult[]>;
  /** Removes these versions, and none that came under their names since. */
  remove(root: string, versions: readonly FileVersion[]): Promise<RemoveResult[]>;
  /** Each file as it is now. */
  look(root: string, paths: readonly string[]): Promise<LookResult[]>;
  close(): Promise<void>;
}

export type StorageRequest =
  | { kind: 'identify'; root: string; paths: readonly string[] }
  | { kind: 'place'; roots: MoveRoots; requests: readonly PlaceRequest[] }
  | { kind: 'unplace'; roots: MoveRoots; versions: readonly FileVersion[] }
  | { kind: 'remove'; root: string; versions: readonly FileVersion[] }
  | { kind: 'look'; root: string; paths: readonly string[] };
