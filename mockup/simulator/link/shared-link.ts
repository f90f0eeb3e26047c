// A link of a bandwidth that all transfers in progress share alike (processor sharing): each of `n`
// has an n-th of it, and what one leaves the others have at once.

import type { Clock } from '../../platform/clock/clock.ts';

/** What would go over in this time is rounding: the transfer has arrived. */
const ROUNDING_S = 1e-3;

interface Transfer {
  left_bytes: number;
  arrived(): void;
}

export interface LinkUse {
  /** Seconds, bytes. */
  busy_s: number;
  carried_bytes: number;
  /** Transfers in progress times seconds. */
  occupancy_s: number;
}

export class SharedLink {
  readonly rate_bytes_s: number;
  readonly #clock: Pick<Clock, 'monotonic' | 'timer'>;
  /** Virtual milliseconds of a second on the link. */
  readonly #second_ms: number;
  readonly #transfers = new Set<Transfer>();
  readonly #use: LinkUse = { busy_s: 0, carried_bytes: 0, occupancy_s: 0 };
  #since_ms: number;
  #cancel: () => void = () => {};

  constructor(
    clock: Pick<Clock, 'monotonic' | 'timer'>,
    options: { rate_bytes_s: number; second_ms: number },
  ) {
    this.#clock = clock;
    this.rate_bytes_s = options.rate_bytes_s;
    this.#second_ms = options.second_ms;
    this.#since_ms = clock.monotonic();
  }

  /** Calls back when so many bytes have gone over; the returned function takes them off the link. */
  send(bytes: number, arrived: () => void): () => void {
    this.#advance();
    const transfer = { left_bytes: bytes, arrived };
    this.#transfers.add(transfer);
    this.#schedule();
    return () => {
      this.#advance();
      if (this.#transfers.delete(transfer)) this.#schedule();
    };
  }

  /** Resolves when so many bytes have gone over; rejects when aborted. */
  carry(bytes: number, signal?: AbortSignal): Promise<void> {
    return new Promise((resolve, reject) => {
      if (signal?.aborted) return reject(signal.reason);
      const takeOff = this.send(bytes, () => {
        signal?.removeEventListener('abort', abort);
        resolve();
      });
      const abort = (): void => {
        takeOff();
        reject(signal?.reason);
      };
      signal?.addEventListener('abort', abort, { once: true });
    });
  }

  /** Of the link so far. */
  get use(): LinkUse {
    this.#advance();
    return { ...this.#use };
  }

  #advance(): void {
    const now_ms = this.#clock.monotonic();
    const passed_s = (now_ms - this.#since_ms) / this.#second_ms;
    this.#since_ms = now_ms;
    const count = this.#transfers.size;
    if (count === 0 || passed_s <= 0) return;
    const each_bytes = (this.rate_bytes_s * passed_s) / count;
    for (const transfer of this.#transfers) transfer.left_bytes -= each_bytes;
    this.#use.busy_s += passed_s;
    this.#use.occupancy_s += passed_s * count;
    this.#use.carried_bytes += this.rate_bytes_s * passed_s;
  }

  #schedule(): void {
    this.#cancel();
    const count = this.#transfers.size;
    if (count === 0) return;
    let least_bytes = Number.POSITIVE_INFINITY;
    for (const { left_bytes } of this.#transfers) least_bytes = Math.min(least_bytes, left_bytes);
    const left_s = (Math.max(least_bytes, 0) * count) / this.rate_bytes_s;
    this.#cancel = this.#clock.timer(left_s * this.#second_ms, () => this.#deliver());
  }

  #deliver(): void {
    this.#advance();
    const rest_bytes = (this.rate_bytes_s * ROUNDING_S) / this.#transfers.size;
    const done = [...this.#transfers].filter(({ left_bytes }) => left_bytes <= rest_bytes);
    for (const transfer of done) this.#transfers.delete(transfer);
    this.#schedule();
    for (const { arrived } of done) arrived();
  }
}
