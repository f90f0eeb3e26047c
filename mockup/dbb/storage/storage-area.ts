// What the storage area shows of files that are to be ingested. Where the area itself is away (its
// disk fails, or is not mounted), no file in it is missing.

import { readdirSync, statSync } from 'node:fs';
import type { StorageWork } from './storage-work.ts';

export interface StorageLook {
  /** Why nothing can be said of the files; undefined while all is well. */
  trouble: string | undefined;
  /** Bytes of each file, null where there is surely no file, or the system's code. */
  sizes: (number | null | { code: string })[];
}

export class StorageArea {
  readonly #work: StorageWork;
  readonly #root: string;
  readonly #device: number | undefined;

  constructor(work: StorageWork, root: string) {
    this.#work = work;
    this.#root = root;
    this.#device = statSync(root, { throwIfNoEntry: false })?.dev;
  }

  async look(paths: readonly string[]): Promise<StorageLook> {
    const sizes = await this.#work.sizes(this.#root, paths);
    const isPlain = sizes.every((size) => typeof size === 'number');
    return { sizes, trouble: isPlain ? undefined : this.#trouble(sizes) };
  }

  #trouble(sizes: StorageLook['sizes']): string | undefined {
    const area = `the storage area ${this.#root}`;
    try {
      const stats = statSync(this.#root);
      if (this.#device !== undefined && stats.dev !== this.#device) {
        return `${area} is on another file system than at the start: is it mounted?`;
      }
      // What a mount point shows while nothing is mounted there.
      const isEmpty = readdirSync(this.#root).length === 0;
      if (isEmpty && sizes.every((size) => typeof size !== 'number')) {
        return `${area} is empty: is it mounted?`;
      }
      return undefined;
    } catch (error) {
      return `${area} can't be read: ${(error as NodeJS.ErrnoException).code ?? error}`;
    }
  }
}
