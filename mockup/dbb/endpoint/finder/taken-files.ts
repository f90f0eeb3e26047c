// Files that were moved and recorded a moment ago are looked at again for a while. A writer that goes
// on (its pauses were longer than `settle`) writes into the storage area: then the record is no longer
// true, and that is told.

import {
  type EndpointFile,
  fileId,
  type IdentifiedFile,
} from '../../../core/dbb/endpoint-file.ts';
import type { FileVersion } from '../../../core/dbb/file-version.ts';
import { describeError } from '../../../core/errors.ts';
import type { Clock } from '../../../platform/clock/clock.ts';
import type { Database } from '../../../platform/couch/database.ts';
import type { Logger } from '../../../platform/log/logger.ts';
import { isFound } from '../../storage/storage-area.ts';
import type { StorageWork } from '../../storage/storage-work.ts';
import type { Asides } from './asides.ts';

export interface TakenFilesOptions {
  clock: Clock;
  log: Logger;
  work: StorageWork;
  files: Database;
  storage: string;
  /** Of the storage area. */
  asides: Asides;
}

interface Taken {
  version: FileVersion;
  taken_ms: number;
  /** How often it was looked at. */
  looks: number;
}

/** After it was taken; by then a writer has gone on or is done. */
const LOOKS_MS = [1500, 5000, 20_000, 60_000, 300_000];
const TICK_MS = 1000;
const FILES_MAX = 50_000;
const BATCH = 1000;

export class TakenFiles {
  readonly #options: TakenFilesOptions;
  /** In the order in which they were taken. */
  readonly #taken = new Map<string, Taken>();
  #cancelTimer: (() => void) | undefined;
  #stopped = false;

  constructor(options: TakenFilesOptions) {
    this.#options = options;
  }

  /** What earlier runs told is looked at again: it may be mended. */
  async load(): Promise<void> {
    const { asides, work, files, storage } = this.#options;
    await asides.load();
    const paths = asides.paths;
    const found = await work.identify(storage, paths);
    const records = await files.getMany<EndpointFile>(paths.map(fileId));
    for (const [index, path] of paths.entries()) {
      const now = found[index];
      const lookup = records[index];
      const record = lookup && 'doc' in lookup ? lookup.doc : undefined;
      const isTrue = now && 'checksum' in now && now.checksum === record?.checksum;
      if (isTrue || !record) asides.clear(path);
    }
    await asides.flush();
  }

  add(files: readonly IdentifiedFile[]): void {
    const taken_ms = this.#options.clock.monotonic();
    for (const { version } of files) {
      this.#taken.set(version.path, { version, taken_ms, looks: 0 });
    }
    for (const path of this.#taken.keys()) {
      if (this.#taken.size <= FILES_MAX) break;
      this.#taken.delete(path);
    }
    this.#schedule();
  }

  stop(): void {
    this.#stopped = true;
    this.#cancelTimer?.();
  }

  #schedule(): void {
    if (this.#stopped || this.#taken.size === 0) return;
    this.#cancelTimer ??= this.#options.clock.timer(TICK_MS, () => {
      void this.#look()
        .catch((error) => {
          const fields = { reason: describeError(error) };
          this.#options.log.warn(fields, 'files that were taken could not be looked at again');
        })
        .finally(() => {
          this.#cancelTimer = undefined;
          this.#schedule();
        });
    });
  }

  async #look(): Promise<void> {
    const { clock, work, storage, asides } = this.#options;
    const now_ms = clock.monotonic();
    const due = [...this.#taken.values()].filter(
      ({ taken_ms, looks }) => taken_ms + (LOOKS_MS[looks] ?? 0) <= now_ms,
    );
    for (let from = 0; from < due.length && !this.#stopped; from += BATCH) {
      const part = due.slice(from, from + BATCH);
      const paths = part.map(({ version }) => version.path);
      const looks = await work.look(storage, paths);
      for (const [index, taken] of part.entries()) this.#judge(taken, looks[index]);
    }
    if (!this.#stopped) await asides.flush();
  }

  #judge(taken: Taken, look: Awaited<ReturnType<StorageWork['look']>>[number] | undefined): void {
    const { version } = taken;
    taken.looks++;
    if (taken.looks >= LOOKS_MS.length) this.#taken.delete(version.path);
    // Removed since: that is somebody's decision.
    if (!isFound(look)) return;
    const isSame =
      look.size_bytes === version.size_bytes && Math.abs(look.mtime_ms - version.mtime_ms) < 1;
    if (isSame) return;
    const sizes = `${look.size_bytes} bytes now, ${version.size_bytes} on record`;
    const message = `it was written to after it was recorded: ${sizes}`;
    this.#options.asides.set({ version: look, reason: 'changed', message });
  }
}
