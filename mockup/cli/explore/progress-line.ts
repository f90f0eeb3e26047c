// One line on a terminal that says how far the exploration is; nothing where there is no terminal.

import type { Summary } from '../../simulator/explore/summary.ts';
import type { OutputStream } from '../command.ts';

const SHOWN_EACH_MS = 200;

export class ProgressLine {
  readonly #stream: OutputStream;
  readonly #total: number;
  readonly #begun_ms = performance.now();
  #shown_ms = 0;
  #isOpen = false;

  constructor(stream: OutputStream, total: number) {
    this.#stream = stream;
    this.#total = total;
  }

  get elapsed_s(): number {
    return (performance.now() - this.#begun_ms) / 1000;
  }

  show({ storms, failed }: Summary): void {
    const now_ms = performance.now();
    if (!this.#stream.isTTY || now_ms - this.#shown_ms < SHOWN_EACH_MS) return;
    this.#shown_ms = now_ms;
    const rate = storms / this.elapsed_s;
    const left_s = (this.#total - storms) / rate;
    const parts = [
      `${storms} of ${this.#total} storms`,
      `${rate.toFixed(1)}/s`,
      `${duration(left_s)} left`,
      ...(failed.length > 0 ? [`${failed.length} failed`] : []),
    ];
    this.#isOpen = true;
    this.#stream.write(`\r\x1b[K${parts.join(', ')}`);
  }

  end(): void {
    if (this.#isOpen) this.#stream.write('\r\x1b[K');
    this.#isOpen = false;
  }
}

export function duration(seconds: number): string {
  const whole = Math.ceil(seconds);
  if (whole < 60) return `${whole} s`;
  return `${Math.floor(whole / 60)} min ${whole % 60} s`;
}
