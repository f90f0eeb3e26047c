// Keeps the records of files that were set aside: written when the reason is new, removed when it
// is over.

import {
  type Aside,
  type AsideRecord,
  asideId,
  asideRange,
  newAsideRecord,
} from '../../../core/dbb/aside-record.ts';
import type { Clock } from '../../../platform/clock/clock.ts';
import type { Database, Stored, Writable } from '../../../platform/couch/database.ts';
import type { Logger } from '../../../platform/log/logger.ts';

export interface AsidesOptions {
  files: Database;
  clock: Clock;
  log: Logger;
  /** The directory that the finder watches. */
  root: string;
}

type Known = Pick<AsideRecord, 'reason' | 'message' | 'checksum'> & { _rev: string };

export class Asides {
  readonly #options: AsidesOptions;
  readonly #known = new Map<string, Known>();
  readonly #changed = new Map<string, AsideRecord | undefined>();
  /** What a write that is under way carries. */
  #inFlight: ReadonlyMap<string, AsideRecord | undefined> = new Map();
  #flushing: Promise<void> = Promise.resolve();

  constructor(options: AsidesOptions) {
    this.#options = options;
  }

  get paths(): string[] {
    return [...this.#known.keys()];
  }

  /** Reads what earlier runs left. */
  async load(): Promise<void> {
    const { files, root } = this.#options;
    for (const record of await files.allDocs<AsideRecord>(asideRange(root))) this.#know(record);
  }

  set(aside: Aside): void {
    const { root, clock, log } = this.#options;
    const { path } = aside.version;
    const record = newAsideRecord(root, aside, clock.now());
    const isWritten = !this.#inFlight.has(path);
    const known = (isWritten ? this.#known : this.#inFlight).get(path);
    const isKnown = known?.reason === record.reason && known.checksum === record.checksum;
    if (isKnown && !this.#changed.has(path)) return;
    log.warn({ path, reason: aside.reason }, `set aside: ${aside.message}`);
    this.#changed.set(path, record);
  }

  /** The file was taken up, or is no longer there. */
  clear(path: string): void {
    this.#changed.delete(path);
    if (this.#known.has(path) || this.#inFlight.has(path)) this.#changed.set(path, undefined);
  }

  /** Writes what has changed; what can't be written stays for the next time. */
  flush(): Promise<void> {
    const flushed = this.#flushing.catch(() => {}).then(() => this.#flush());
    this.#flushing = flushed;
    return flushed;
  }

  async #flush(): Promise<void> {
    if (this.#changed.size === 0) return;
    const changes = [...this.#changed];
    this.#inFlight = new Map(changes);
    this.#changed.clear();
    try {
      await this.#write(changes);
    } catch (error) {
      for (const [path, record] of changes) {
        if (!this.#changed.has(path)) this.#changed.set(path, record);
      }
      throw error;
    } finally {
      this.#inFlight = new Map();
    }
  }

  async #write(changes: readonly [string, AsideRecord | undefined][]): Promise<void> {
    const { files, root } = this.#options;
    const docs = changes.map(([path, record]): Writable => {
      const known = this.#known.get(path);
      const rev = known && { _rev: known._rev };
      return record ? { ...record, ...rev } : { _id: asideId(root, path), ...rev, _deleted: true };
    });
    const results = await files.bulk(docs);
    const conflicts: [string, AsideRecord | undefined][] = [];
    for (const [index, change] of changes.entries()) {
      const [path, record] = change;
      const result = results[index];
      if (!result?.ok) conflicts.push(change);
      else if (record) this.#know({ ...record, _rev: result.rev });
      else this.#known.delete(path);
    }
    await this.#readAgain(conflicts);
  }

  /** A person removed or changed it; the next flush writes it anew. */
  async #readAgain(conflicts: readonly [string, AsideRecord | undefined][]): Promise<void> {
    const { files, root } = this.#options;
    const found = await files.getMany<AsideRecord>(conflicts.map(([path]) => asideId(root, path)));
    for (const [index, [path, record]] of conflicts.entries()) {
      const lookup = found[index];
      if (lookup && 'doc' in lookup) this.#know(lookup.doc);
      else this.#known.delete(path);
      if (!this.#changed.has(path) && (record || this.#known.has(path))) {
        this.#changed.set(path, record);
      }
    }
  }

  #know({ path, reason, message, checksum, _rev }: Stored<AsideRecord>): void {
    this.#known.set(path, { reason, message, checksum, _rev });
  }
}
