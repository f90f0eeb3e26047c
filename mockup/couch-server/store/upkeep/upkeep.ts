/** What keeps a database's file small: compaction, by itself or on request, and old tombstones. */
import type { BlobStore } from '../attachments/blob-store.ts';
import type { CommitQueue } from '../commit-queue.ts';
import type { Connection } from '../connection.ts';
import { dropStaleBodies, giveBack, shrink, sweepBlobs } from './maintenance.ts';
import { purgeTombstones, type TombstoneHolder } from './tombstones.ts';

export interface UpkeepParts {
  readonly connection: Connection;
  readonly queue: CommitQueue;
  readonly blobs: BlobStore;
  /** Called when a compaction begins. */
  begun(): void;
  isClosed(): boolean;
}

export class Upkeep {
  readonly #parts: UpkeepParts;
  #compacting: Promise<void> | undefined;

  constructor(parts: UpkeepParts) {
    this.#parts = parts;
  }

  get isCompacting(): boolean {
    return this.#compacting !== undefined;
  }

  compact(): Promise<void> {
    this.#compacting ??= this.#compact().finally(() => {
      this.#compacting = undefined;
    });
    return this.#compacting;
  }

  purgeTombstones(database: TombstoneHolder, age_ms: number, now_ms: number): Promise<number> {
    const { queue, connection } = this.#parts;
    const keep = (key: string, value: string) => queue.add(() => connection.setMeta(key, value));
    return purgeTombstones(database, { age_ms, now_ms, keep });
  }

  async #compact(): Promise<void> {
    const { connection, queue, blobs, begun, isClosed } = this.#parts;
    begun();
    let more = true;
    while (more && !isClosed()) more = await queue.add(() => dropStaleBodies(connection));
    await queue.add(() => sweepBlobs(connection, blobs));
    if (!isClosed()) shrink(connection);
    // A little at a time, so that everything else goes on meanwhile.
    while (!isClosed() && (await queue.add(() => giveBack(connection))));
  }
}
