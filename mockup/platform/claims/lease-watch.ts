// Watches leases that other processes hold. One that was not renewed for its whole length is over,
// judged by this process's own clock: no two clocks are compared. Where it is certain that the
// holder's process is gone, nobody waits for that.

import type { Clock } from '../clock/clock.ts';

/** What is known of a lease: it changes with each renewal. */
interface Sighting {
  mark: string;
  lease_ms: number;
  /** True only where it is certain that the holder is gone. */
  isGone: boolean;
}

export interface LeaseWatchOptions<T> {
  clock: Clock;
  /** For a lease of which nothing is known. */
  lease_ms: number;
  /** Reads again; in order, undefined where there is none any more. Errors: looked again later. */
  read(ids: readonly string[]): Promise<(T | undefined)[]>;
  /** Undefined where nobody holds it any more. */
  sight(value: T): Sighting | undefined;
  /** Told once of what nobody holds any more; `value` as it was read last. */
  onFree(id: string, value: T | undefined): void;
}

interface Watched {
  mark: string;
  due_ms: number;
}

const READ_LIMIT = 500;
/** A look that took so long met an outage, in which nobody could renew anything. */
const OUTAGE_SHARE = 0.5;

export class LeaseWatch<T> {
  readonly #options: LeaseWatchOptions<T>;
  readonly #watched = new Map<string, Watched>();
  #cancelTimer: (() => void) | undefined;
  #stopped = false;

  constructor(options: LeaseWatchOptions<T>) {
    this.#options = options;
  }

  has(id: string): boolean {
    return this.#watched.has(id);
  }

  /** A lease as it is now; `undefined` where its state is not known: it is read after a while. */
  watch(id: string, value: T | undefined): void {
    if (this.#stopped) return;
    const { clock, lease_ms, sight, onFree } = this.#options;
    const sighting = value === undefined ? { mark: '', lease_ms, isGone: false } : sight(value);
    if (!sighting || sighting.isGone) {
      this.#watched.delete(id);
      onFree(id, value);
      return;
    }
    if (this.#watched.get(id)?.mark === sighting.mark) return;
    const due_ms = clock.monotonic() + sighting.lease_ms;
    this.#watched.set(id, { mark: sighting.mark, due_ms });
    this.#schedule(sighting.lease_ms);
  }

  forget(id: string): void {
    this.#watched.delete(id);
  }

  stop(): void {
    this.#stopped = true;
    this.#cancelTimer?.();
    this.#watched.clear();
  }

  #schedule(delay_ms: number): void {
    this.#cancelTimer ??= this.#options.clock.timer(delay_ms, () => {
      this.#cancelTimer = undefined;
      void this.#check();
    });
  }

  async #check(): Promise<void> {
    const { clock } = this.#options;
    const now = clock.monotonic();
    const due = [...this.#watched].filter(([, watched]) => watched.due_ms <= now);
    const ids = due.slice(0, READ_LIMIT).map(([id]) => id);
    if (ids.length > 0) await this.#read(ids);
    if (this.#stopped || this.#watched.size === 0) return;
    let next_ms = Number.POSITIVE_INFINITY;
    for (const { due_ms } of this.#watched.values()) next_ms = Math.min(next_ms, due_ms);
    this.#schedule(Math.max(next_ms - clock.monotonic(), 1));
  }

  async #read(ids: string[]): Promise<void> {
    const { clock, lease_ms, read } = this.#options;
    const begun = clock.monotonic();
    const values = await read(ids).catch(() => undefined);
    const isOutage = !values || clock.monotonic() - begun > lease_ms * OUTAGE_SHARE;
    if (this.#stopped) return;
    ids.forEach((id, index) => {
      const watched = this.#watched.get(id);
      if (!watched) return;
      if (isOutage) watched.due_ms = clock.monotonic() + lease_ms;
      else this.#judge(id, watched, values[index]);
    });
  }

  #judge(id: string, watched: Watched, value: T | undefined): void {
    const sighting = value === undefined ? undefined : this.#options.sight(value);
    if (value !== undefined && sighting && sighting.mark !== watched.mark) {
      this.#watched.delete(id);
      this.watch(id, value);
    } else {
      this.#watched.delete(id);
      this.#options.onFree(id, value);
    }
  }
}
