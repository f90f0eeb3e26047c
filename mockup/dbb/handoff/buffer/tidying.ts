// Wiper and Eraser: remove what is left of batches and empty directories in the staging area, and
// old empty directories in the buffer. Only where nothing is under way, so that a directory that
// was just made for something is not taken away again.

import type { TreeWatch } from '../../files/watch-tree.ts';
import type { HandoffParts } from '../parts.ts';

/** Batches whose directories are removed with one command. */
const DISCARD_TOGETHER = 8;
const WIPE_EVERY_MS = 60_000;

export class Wiper {
  readonly #parts: HandoffParts;
  readonly #left: string[] = [];
  #busy: Promise<void> | undefined;
  #wiped_ms = 0;
  #dirty = false;

  constructor(parts: HandoffParts) {
    this.#parts = parts;
  }

  /** A batch that is decided: its directory at the endpoint is of no more use. */
  add(batch: string): void {
    this.#left.push(batch);
    this.#dirty = true;
    if (this.#left.length >= DISCARD_TOGETHER) this.#start(() => this.#discard());
  }

  /** Called when nothing is under way. */
  idle(): void {
    if (this.#left.length > 0) {
      this.#start(() => this.#discard());
      return;
    }
    const now_ms = this.#parts.clock.monotonic();
    if (!this.#dirty || now_ms - this.#wiped_ms < WIPE_EVERY_MS) return;
    this.#wiped_ms = now_ms;
    this.#dirty = false;
    this.#start(() => this.#parts.endpoint.wipe());
  }

  /** The last tidying of a manager that stops; false where something is left for the next run. */
  async end(keep: readonly string[]): Promise<boolean> {
    await this.#busy;
    return this.#parts.endpoint.wipeAll(keep);
  }

  async #discard(): Promise<void> {
    // What holds a part of a file that waits is left until that is used.
    const kept = new Set(this.#parts.waiting.partials());
    const batches = this.#left.filter((batch) => !kept.has(batch));
    this.#left.splice(0, this.#left.length, ...this.#left.filter((batch) => kept.has(batch)));
    if (batches.length === 0) return;
    try {
      await this.#parts.endpoint.discard(batches);
    } catch (error) {
      this.#left.push(...batches);
      throw error;
    }
  }

  #start(work: () => Promise<void>): void {
    this.#busy ??= work()
      .catch((error: Error) => {
        this.#parts.log.debug({ reason: error.message }, 'tidying up at the endpoint failed');
      })
      .finally(() => {
        this.#busy = undefined;
      });
  }
}

export class Eraser {
  readonly #parts: HandoffParts;
  #erased_ms: number;

  constructor(parts: HandoffParts) {
    this.#parts = parts;
    this.#erased_ms = parts.clock.monotonic();
  }

  idle(watch: TreeWatch): void {
    const { clock, configuration } = this.#parts;
    const expiration_ms = configuration.general.expiration_time * 1000;
    const every_ms = Math.min(Math.max(expiration_ms / 4, 1000), 600_000);
    if (clock.monotonic() - this.#erased_ms < every_ms) return;
    this.#erased_ms = clock.monotonic();
    watch.removeEmptyDirectories(clock.now() - expiration_ms);
  }
}
