// What the storage area shows of files that are to be ingested. Where the area itself is away (its
// disk fails, or is not mounted), no file in it is missing.

import { readdirSync, statSync } from 'node:fs';
import type { FileVersion } from '../../core/dbb/file-version.ts';
import { type LookResult, lookAtFile } from './storage-moves.ts';
import type { StorageWork } from './storage-work.ts';

export interface StorageLook {
  /** Why nothing can be said of the files; undefined while all is well. */
  trouble: string | undefined;
  files: LookResult[];
}

export class StorageArea {
  readonly #work: StorageWork;
  readonly #root: string;
  #device: number | undefined;
  /** A file that was there: where it is there again, so is the area. */
  #witness: string | undefined;

  constructor(work: StorageWork, root: string) {
    this.#work = work;
    this.#root = root;
    this.#device = statSync(root, { throwIfNoEntry: false })?.dev;
  }

  async look(paths: readonly string[]): Promise<StorageLook> {
    const files = await this.#work.look(this.#root, paths);
    const isPlain = files.every(isFound);
    this.#witness = files.find(isFound)?.path ?? this.#witness;
    return { files, trouble: isPlain ? undefined : this.trouble(files) };
  }

  /** Why the area itself is no use, where one of these could not be seen. */
  trouble(files: readonly LookResult[]): string | undefined {
    const area = `the storage area ${this.#root}`;
    try {
      const stats = statSync(this.#root);
      if (this.#device !== undefined && stats.dev !== this.#device) {
        // Mounted again, a file system has another number.
        if (files.some(isFound) || this.#seesWitness()) this.#device = stats.dev;
        else return `${area} is on another file system than at the start: is it mounted?`;
      }
      // What a mount point shows while nothing is mounted there.
      const isEmpty = readdirSync(this.#root).length === 0;
      if (isEmpty && !files.some(isFound)) {
        return `${area} is empty: is it mounted?`;
      }
      return undefined;
    } catch (error) {
      return `${area} can't be read: ${(error as NodeJS.ErrnoException).code ?? error}`;
    }
  }

  #seesWitness(): boolean {
    return this.#witness !== undefined && isFound(lookAtFile(this.#root, this.#witness));
  }
}

export function isFound(look: LookResult | undefined): look is FileVersion {
  return look !== null && look !== undefined && !('code' in look);
}

/** A failing, full or vanished file system: no fault of a file. */
export const SYSTEM_CODES: readonly string[] = [
  'ENOSPC',
  'EDQUOT',
  'EROFS',
  'EIO',
  'ESTALE',
  'ENOTCONN',
  'ENXIO',
  'ENODEV',
  'EMFILE',
  'ENFILE',
  'ENOMEM',
];
