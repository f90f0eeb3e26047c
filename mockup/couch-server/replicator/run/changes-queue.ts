import type { Clock } from '../../../platform/clock/clock.ts';
import { createSystemClock } from '../../../platform/clock/system-clock.ts';
import type { ChangesGroup, PeerChange, Sequence } from '../peers/peer.ts';

// Between the feed and the transfer: changes that come while a batch is under way gather here and
// make the next batch, so that a burst costs few requests. A full queue holds the feed back.

export type ChangesBatch = { rows: PeerChange[]; lastSeq: Sequence };

export class ChangesQueue {
  readonly #groups: ChangesGroup[] = [];
  readonly #capacity: number;
  #length = 0;
  #ended = false;
  #failure: { cause: unknown } | undefined;
  #wakeReader: () => void = () => {};
  #wakeWriter: () => void = () => {};

  readonly #clock: Pick<Clock, 'timer'>;

  /** `capacity`: rows from which `push` waits. */
  constructor(capacity: number, clock: Pick<Clock, 'timer'> = createSystemClock()) {
    this.#clock = clock;
    this.#capacity = capacity;
  }

  get length(): number {
    return this.#length;
  }

  /** Resolves when there is room for more. */
  async push(group: ChangesGroup): Promise<void> {
    this.#groups.push(group);
    this.#length += group.rows.length;
    this.#wakeReader();
    while (this.#length >= this.#capacity && !this.#ended) {
      await new Promise<void>((resolve) => {
        this.#wakeWriter = resolve;
      });
    }
  }

  /**
   * Resolves when there is something to take, or (false) at the end, or (undefined) after `limit_ms`.
   * Throws what `fail` got.
   */
  async filled(limit_ms?: number): Promise<boolean | undefined> {
    let isLate = false;
    while (this.#groups.length === 0 && !this.#ended && !isLate) {
      await new Promise<void>((resolve) => {
        const late = (): void => {
          isLate = true;
          resolve();
        };
        const cancel = limit_ms === undefined ? undefined : this.#clock.timer(limit_ms, late);
        this.#wakeReader = () => {
          cancel?.();
          resolve();
        };
      });
    }
    if (isLate) return undefined;
    if (this.#failure) throw this.#failure.cause;
    return this.#groups.length > 0;
  }

  /** The groups at hand up to about `limit` rows; undefined at the end. Throws what `fail` got. */
  async take(limit: number): Promise<ChangesBatch | undefined> {
    await this.filled();
    const first = this.#groups.shift();
    if (!first) return undefined;
    const batch: ChangesBatch = { rows: [...first.rows], lastSeq: first.lastSeq };
    while (this.#groups[0] && batch.rows.length + this.#groups[0].rows.length <= limit) {
      const group = this.#groups.shift()!;
      batch.rows.push(...group.rows);
      batch.lastSeq = group.lastSeq;
    }
    this.#length -= batch.rows.length;
    this.#wakeWriter();
    return batch;
  }

  end(): void {
    this.#ended = true;
    this.#wakeReader();
    this.#wakeWriter();
  }

  /** Ends the queue with an error; what was still in it is left for the next start. */
  fail(cause: unknown): void {
    this.#failure ??= { cause };
    this.end();
  }
}
