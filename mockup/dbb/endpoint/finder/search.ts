// How a finder learns of files: it is told by a search, of which there are two.

import type { FileVersion } from '../../../core/dbb/file-version.ts';

export interface FoundFile {
  path: string;
  /** Undefined where only a name is known. */
  version?: FileVersion | undefined;
  /** Called when it is on record, or set aside on record. */
  onEnd?: () => void;
}

export interface SearchEvents {
  onFound(files: readonly FoundFile[]): void;
  onGone(paths: readonly string[]): void;
  /** What lies there and is no file. */
  onOdd(file: { path: string; size_bytes: number }, reason: string): void;
  /** All there is was told. */
  onRound(): void;
  onError(error: Error): void;
}

export interface Search {
  stop(): Promise<void>;
}
