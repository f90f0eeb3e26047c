// One line on a terminal that says how far the work is and how long it may still take; nothing where
// there is no terminal.

import type { OutputStream } from '../command.ts';

const SHOWN_EACH_MS = 200;
const BAR_WIDTH = 24;

export class RemainingTime {
  readonly #stream: OutputStream;
  readonly #begun_ms = performance.now();
  #shown_ms = 0;
  #isOpen = false;

  constructor(stream: OutputStream) {
    this.#stream = stream;
  }

  /** `share`: of all the work, 0 to 1. */
  show(share: number, what: string): void {
    const now_ms = performance.now();
    if (!this.#stream.isTTY || now_ms - this.#shown_ms < SHOWN_EACH_MS) return;
    this.#shown_ms = now_ms;
    const elapsed_s = (now_ms - this.#begun_ms) / 1000;
    const left = share > 0 ? `${Math.ceil((elapsed_s / share) * (1 - share))} s left` : '';
    const full = Math.round(share * BAR_WIDTH);
    const bar = '█'.repeat(full) + '░'.repeat(BAR_WIDTH - full);
    this.#isOpen = true;
    this.#stream.write(`\r\x1b[K${bar} ${what}, ${left}`);
  }

  end(): void {
    if (this.#isOpen) this.#stream.write('\r\x1b[K');
    this.#isOpen = false;
  }
}
