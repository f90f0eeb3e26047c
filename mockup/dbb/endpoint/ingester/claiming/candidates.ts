// Files that may be claimed: each once, those that were asked for before new ones. Whoever claims
// takes as many as it likes, and waits where there are none.

import type { EndpointFile } from '../../../../core/dbb/endpoint-file.ts';
import type { IngestDocument } from '../../../../core/dbb/ingest-events.ts';
import type { Stored } from '../../../../platform/couch/database.ts';

export interface Candidate {
  id: string;
  /** Where it is at hand. */
  file?: EndpointFile;
  /** Undefined for a file that nobody has tried yet. */
  document?: Stored<IngestDocument>;
  /** Called when it is in somebody's hands, or needs none. */
  onSettled?: () => void;
}

export class Candidates {
  readonly #asked = new Map<string, Candidate>();
  readonly #fresh = new Map<string, Candidate>();
  #changed: (() => void)[] = [];
  #taken = 0;
  #closed = false;

  get count(): number {
    return this.#asked.size + this.#fresh.size;
  }

  /** True where none waits and none that was taken is still open. */
  get isEmpty(): boolean {
    return this.count === 0 && this.#taken === 0;
  }

  /** So many of those that were taken are claimed, or not to be had. */
  finished(count: number): void {
    this.#taken -= count;
  }

  add(candidate: Candidate): void {
    const queue = candidate.document ? this.#asked : this.#fresh;
    queue.get(candidate.id)?.onSettled?.();
    queue.set(candidate.id, candidate);
    this.#report();
  }

  /** Up to so many, at least one; none once it is closed. */
  async take(count: number): Promise<Candidate[]> {
    while (this.count === 0 && !this.#closed) await this.changed();
    const taken: Candidate[] = [];
    if (this.#closed) return taken;
    for (const queue of [this.#asked, this.#fresh]) {
      for (const [id, candidate] of queue) {
        if (taken.length >= count) break;
        queue.delete(id);
        taken.push(candidate);
      }
    }
    this.#taken += taken.length;
    this.#report();
    return taken;
  }

  /** Resolves when one came or went. */
  changed(): Promise<void> {
    if (this.#closed) return Promise.resolve();
    return new Promise((resolve) => {
      this.#changed.push(resolve);
    });
  }

  close(): void {
    this.#closed = true;
    this.#report();
  }

  #report(): void {
    for (const resolve of this.#changed.splice(0)) resolve();
  }
}
